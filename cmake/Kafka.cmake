# DELTAWARD_WITH_KAFKA: whether there is librdkafka to build with, as the target `librdkafka`.
# tools/deps makes it; DELTAWARD_KAFKA=OFF builds the commands of one process only.
set(librdkafka_folder ${CMAKE_SOURCE_DIR}/.deps/librdkafka)
set(DELTAWARD_WITH_KAFKA ${DELTAWARD_KAFKA})
if(DELTAWARD_KAFKA STREQUAL "AUTO")
  set(DELTAWARD_WITH_KAFKA OFF)
  if(EXISTS ${librdkafka_folder}/stamp)
    set(DELTAWARD_WITH_KAFKA ON)
  endif()
endif()

if(DELTAWARD_WITH_KAFKA)
  if(NOT EXISTS ${librdkafka_folder}/stamp)
    message(FATAL_ERROR "DELTAWARD_KAFKA is on, but there is no librdkafka: run tools/deps")
  endif()
  pkg_check_modules(LIBSSL REQUIRED IMPORTED_TARGET libssl)
  pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
  pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
  add_library(librdkafka STATIC IMPORTED)
  set_target_properties(librdkafka PROPERTIES
    IMPORTED_LOCATION ${librdkafka_folder}/lib/librdkafka.a
    INTERFACE_INCLUDE_DIRECTORIES ${librdkafka_folder}/include)
  target_link_libraries(librdkafka INTERFACE PkgConfig::CURL PkgConfig::LIBSSL PkgConfig::OPENSSL
    PkgConfig::ZLIB PkgConfig::LZ4 PkgConfig::ZSTD m dl Threads::Threads)
endif()
