# The wheel is built in one stage and installed in the other, so that production never runs from a checkout.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements-dev.lock pyproject.toml README.md ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY auditor ./auditor
COPY templates ./templates
RUN python -m build --wheel --no-isolation --outdir /dist

FROM python:3.11-slim-bookworm
COPY requirements.lock /tmp/requirements.lock
RUN python -m pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock && rm /tmp/requirements.lock
COPY --from=build /dist/*.whl /tmp/
RUN python -m pip install --no-cache-dir --no-deps /tmp/*.whl && rm /tmp/*.whl \
    && mkdir -p /data && chown 65534:65534 /data
# nobody: the auditor needs no right but to open connections and to write its own folder.
USER 65534:65534
WORKDIR /data
VOLUME /data
ENV AUDITOR_CONFIG=/etc/auditor/probes.yaml \
    AUDITOR_DB=sqlite:////data/auditor.db \
    AUDITOR_LISTEN=127.0.0.1:8080 \
    PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['AUDITOR_LISTEN'].rpartition(':')[2] + '/healthz', timeout=4)"]
ENTRYPOINT ["auditor"]
CMD ["serve"]
