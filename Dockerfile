# Deltaward in a container: the binary and what it links to, certificates, time zones and the shipped
# policies; no shell, no package manager. Any builder that reads Dockerfiles makes it:
#
#   docker build -t deltaward .
#   docker run --rm --read-only --cap-drop ALL --tmpfs /tmp deltaward demo
#
# It runs as 65532, on a root that may be read-only; what it keeps goes to /var/lib/deltaward.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# Packages and librdkafka change seldom: a layer of their own.
COPY tools/deps tools/deps
RUN tools/deps
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
 && cmake --build --preset release --target deltaward \
 && strip --strip-debug build/release/deltaward
# The image's root: the binary, and each library that the loader finds for it, at its own path.
RUN apt-get -y -qq --no-install-recommends install ca-certificates tzdata >/dev/null \
 && install -D build/release/deltaward /out/usr/bin/deltaward \
 && cp -L --parents $(ldd build/release/deltaward | grep -oE '/[^ ]+') /out \
 && cp -L --parents /etc/ssl/certs/ca-certificates.crt /out \
 && mkdir -p /out/usr/share/deltaward && cp -a /usr/share/zoneinfo /out/usr/share/ \
 && rm -rf /out/usr/share/zoneinfo/posix /out/usr/share/zoneinfo/right \
 && cp -r policies LICENSE /out/usr/share/deltaward/ \
 && echo 'deltaward:x:65532:65532::/var/lib/deltaward:/sbin/nologin' >/out/etc/passwd \
 && echo 'deltaward:x:65532:' >/out/etc/group \
 && echo 'hosts: files dns' >/out/etc/nsswitch.conf \
 && mkdir -p /out/proc /out/sys /out/dev /out/etc/deltaward \
 && install -d -m 1777 /out/tmp \
 && install -d -o 65532 -g 65532 /out/var/lib/deltaward

FROM scratch
LABEL org.opencontainers.image.title="Deltaward" \
      org.opencontainers.image.description="Finds changes in databases that break a policy" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out /
# OpenSSL looks for a folder of certificates by default; here is one file.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    DELTAWARD_DATA_DIR=/var/lib/deltaward
WORKDIR /var/lib/deltaward
USER 65532:65532
EXPOSE 9464
ENTRYPOINT ["/usr/bin/deltaward"]
