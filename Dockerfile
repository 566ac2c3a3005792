# One image for the worker, the web process, migrations and the CLI: the command says which.

# What pages load, by the hashes of its lock. A mirror is the builder's to name: docker build --build-arg NPM_CONFIG_REGISTRY=…
FROM node:24-bookworm-slim AS front
ARG NPM_CONFIG_REGISTRY
WORKDIR /front
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.12-slim-bookworm

# The same for pip: docker build --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    TZ=Asia/Shanghai

# What receipts are set in.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-wqy-zenhei \
    && rm -rf /var/lib/apt/lists/*

# The number is fixed, so that the key file on the host can be given to this user and to nobody else.
RUN groupadd --gid 10001 tanfang \
    && useradd --uid 10001 --gid tanfang --no-create-home --shell /usr/sbin/nologin tanfang \
    && install --directory --owner tanfang --group tanfang /data

WORKDIR /app

# requirements-aliyun.lock holds the extra `aliyun` as well: docker build --build-arg LOCK=requirements-aliyun.lock
# One package of it, pure Python, is published as source only.
ARG LOCK=requirements.lock
COPY ${LOCK} .
RUN pip install --require-hashes --no-deps --only-binary :all: --no-binary alibabacloud-tea -r "${LOCK}"

COPY . .
COPY --from=front /front/node_modules node_modules

USER tanfang
VOLUME /data
EXPOSE 8000

# SIGTERM reaches Python itself, which then drains and shuts down.
STOPSIGNAL SIGTERM
CMD ["python", "worker.py"]
