# The app in a container: docker build --tag lraln . && docker run -p 127.0.0.1:8501:8501 -v lraln:/workspace lraln
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends fontconfig fonts-noto-core libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lraln \
    && mkdir /workspace && chown lraln /workspace

WORKDIR /build
COPY requirements.txt ./
# The CPU build of torch; a GPU needs the usual build and the NVIDIA container runtime. It comes first, in a layer of its own.
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir . && rm -rf /build/*

USER lraln
WORKDIR /workspace
ENV LRALN_WORKSPACE=/workspace PYTHONUNBUFFERED=1
VOLUME /workspace
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"
# Inside the container the server listens on all addresses; publish the port on 127.0.0.1 of the host, as above.
CMD ["lraln", "app", "--address", "0.0.0.0"]
