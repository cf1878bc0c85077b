# The daemon with its embedded broker.
#   docker build -t lobbyd .
#   docker run -e LOBBYD_AUTH_MODE=open -p 127.0.0.1:8787:8787 -v lobbyd-data:/data lobbyd
# LOBBYD_AUTH_MODE is not set here, on purpose. In a container the daemon listens on all addresses, and it refuses to
# do that until somebody says who may come in. An image that said "open" would take that question away from the one who
# publishes the port, and a published port passes by the host's firewall.

FROM debian:trixie-slim AS build
WORKDIR /src
COPY scripts/lib scripts/lib
RUN scripts/lib/packages.sh build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY protocol protocol
COPY config config
COPY service service
RUN cmake --preset release -DLOBBYD_TESTS=OFF \
    && cmake --build --preset release --target lobbyd \
    && strip --strip-debug build/release/lobbyd

FROM debian:trixie-slim
COPY scripts/lib /setup/scripts/lib
COPY --from=build /src/build/release/lobbyd /usr/local/bin/lobbyd
COPY deploy/container.toml /etc/lobbyd/lobbyd.toml
# The two programs tell at once if a package is missing.
RUN /setup/scripts/lib/packages.sh image \
    && rm -rf /setup /var/lib/apt/lists/* /var/cache/apt/*.bin \
    && lobbyd --version && command -v mosquitto \
    && useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin lobbyd \
    && install --directory --owner=lobbyd --group=lobbyd --mode=0700 /data
ENV LOBBYD_CONFIG=/etc/lobbyd/lobbyd.toml
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
# 8787 the clients, 8788 health (on the container's own loopback, see deploy/container.toml)
EXPOSE 8787 8788
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["lobbyd", "healthcheck"]
ENTRYPOINT ["lobbyd"]
