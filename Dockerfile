# Tense Lab on one CPU, as an unprivileged user; docs/deploying.md has the commands.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# Everything but torch by its hash; torch in the build without CUDA, which for Linux only its own index has. Another
# build: --build-arg TORCH_INDEX=URL, or empty for PyPI's.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.txt ./
COPY locks/app.txt locks/torch.txt locks/
COPY deploy/torch_index.py deploy/
RUN pip install --no-deps --require-hashes -r locks/app.txt \
 && pip install -r requirements.txt -c locks/torch.txt $(python deploy/torch_index.py $TORCH_INDEX)

COPY streamlit_app.py LICENSE NOTICE ./
COPY .streamlit .streamlit
COPY cvae cvae
COPY pages pages
COPY checkpoints checkpoints

# The code belongs to root; only runs are written.
RUN useradd --uid 1000 --create-home lab && install -d -o lab /data
USER lab
ENV TENSE_LAB_RUNS=/data/runs
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "cvae", "app", "--address=0.0.0.0", "--port=8501"]
