# One image for the worker, the web process, migrations and the CLI: the command says which.
FROM python:3.12-slim-bookworm

# A mirror is the builder's to name: docker build --build-arg PIP_INDEX_URL=…
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

USER tanfang
VOLUME /data
EXPOSE 8000

# SIGTERM reaches Python itself, which then drains and shuts down.
STOPSIGNAL SIGTERM
CMD ["python", "worker.py"]
