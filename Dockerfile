# Build:  docker build -t log2metrics .
# Run:    docker run -d --name log2metrics -p 10414:10414 -v /var/log:/var/log:ro -v log2metrics:/var/lib/log2metrics log2metrics
# With a config: add  -v /etc/log2metrics:/etc/log2metrics:ro  and the arguments  run -c /etc/log2metrics/config.yml

FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /src/
COPY log2metrics /src/log2metrics
COPY patterns /src/patterns
RUN python -m venv /opt/log2metrics && /opt/log2metrics/bin/pip install --no-cache-dir /src

FROM python:3.13-slim
# The group adm may read the logs of a Debian host.
RUN useradd --system --groups adm --home-dir /var/lib/log2metrics --create-home log2metrics
COPY --from=build /opt/log2metrics /opt/log2metrics
ENV PATH=/opt/log2metrics/bin:$PATH STATE_DIRECTORY=/var/lib/log2metrics PYTHONUNBUFFERED=1
USER log2metrics
VOLUME /var/lib/log2metrics
EXPOSE 10414
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:10414/-/healthy', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["log2metrics"]
CMD ["run"]
