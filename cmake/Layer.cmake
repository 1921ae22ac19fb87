# deltaward_settings(TARGET): warnings, hardening and sanitizers, the same for every target of ours.
# deltaward_layer(NAME SOURCES ... USES layers and packages): a layer as a static library.
# deltaward_test, deltaward_fuzz: see there.
#
# A layer's headers are included as "NAME/header.h". Each layer gets an include root of its own that
# holds nothing but a link called NAME to its folder; only targets that name the layer see it.

function(deltaward_settings TARGET)
  target_compile_options(${TARGET} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Wswitch-enum -fno-common -fstack-protector-strong -fPIE)
  target_compile_definitions(${TARGET} PRIVATE _GNU_SOURCE)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${TARGET} PRIVATE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
      $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
    target_link_options(${TARGET} PRIVATE -pie -Wl,-z,relro,-z,now)
  endif()
  if(DELTAWARD_SANITIZE)
    target_compile_options(${TARGET} PRIVATE -fsanitize=${DELTAWARD_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${TARGET} PRIVATE -fsanitize=${DELTAWARD_SANITIZE})
  endif()
endfunction()

function(deltaward_include_root TARGET NAME SCOPE)
  set(root ${CMAKE_BINARY_DIR}/layers/${NAME})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${NAME} SYMBOLIC)
  target_include_directories(${TARGET} ${SCOPE} ${root})
endfunction()

function(deltaward_layer NAME)
  cmake_parse_arguments(PARSE_ARGV 1 LAYER "" "" "SOURCES;USES")
  add_library(${NAME} STATIC ${LAYER_SOURCES})
  deltaward_settings(${NAME})
  deltaward_include_root(${NAME} ${NAME} PUBLIC)
  target_link_libraries(${NAME} PUBLIC ${LAYER_USES})
endfunction()

# A layer of headers only.
function(deltaward_interface NAME)
  cmake_parse_arguments(PARSE_ARGV 1 LAYER "" "" "USES")
  add_library(${NAME} INTERFACE)
  deltaward_include_root(${NAME} ${NAME} INTERFACE)
  target_link_libraries(${NAME} INTERFACE ${LAYER_USES})
endfunction()

# deltaward_test(NAME SOURCE USES ...): one cmocka program, run by ctest from the project's root.
function(deltaward_test NAME SOURCE)
  cmake_parse_arguments(PARSE_ARGV 2 TEST "" "" "USES")
  add_executable(${NAME} ${SOURCE})
  deltaward_settings(${NAME})
  target_link_libraries(${NAME} PRIVATE ${TEST_USES} PkgConfig::CMOCKA)
  add_test(NAME ${NAME} COMMAND ${NAME} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# deltaward_fuzz(NAME SOURCE USES ...): one fuzz target with the corpus tests/fuzz/corpus/NAME. In
# the preset `fuzz` it is a libFuzzer program, run by hand:
#   build/fuzz/tests/fuzz/NAME -max_total_time=600 /tmp/found tests/fuzz/corpus/NAME
# Elsewhere it is a program that replays the corpus, and a test.
function(deltaward_fuzz NAME SOURCE)
  cmake_parse_arguments(PARSE_ARGV 2 FUZZ "" "" "USES")
  add_executable(${NAME} ${SOURCE})
  deltaward_settings(${NAME})
  target_link_libraries(${NAME} PRIVATE ${FUZZ_USES})
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz)
  if(DELTAWARD_FUZZ)
    target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME ${NAME} COMMAND ${NAME} tests/fuzz/corpus/${NAME}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endfunction()
