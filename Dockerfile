# The hub as a container: built from its locked requirements, run by an account without rights.
# The policy engine is the official image's own binary, for those who want one container that has both.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/onlyonce
COPY requirements.lock ./
RUN /opt/onlyonce/bin/python -m pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY requirements-dev.lock pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY hub hub
COPY connectors connectors
COPY policies policies
COPY consent consent
COPY audit audit
RUN python -m venv /opt/build && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes --requirement requirements-dev.lock
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /build/dist
RUN /opt/onlyonce/bin/python -m pip install --no-cache-dir --no-deps /build/dist/onlyonce-*.whl

FROM openpolicyagent/opa:1.22.2-static AS opa

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/onlyonce onlyonce
COPY --from=build /opt/onlyonce /opt/onlyonce
COPY --from=opa /opa /usr/local/bin/opa
ENV PATH=/opt/onlyonce/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ONLYONCE_HOST=0.0.0.0 ONLYONCE_KEYS=/var/lib/onlyonce/keys
USER 10001
WORKDIR /var/lib/onlyonce
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["onlyonce"]
CMD ["serve"]
