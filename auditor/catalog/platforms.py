"""Signatures of platforms: containers and orchestration, discovery and secrets, stores and queues."""

from auditor.catalog.signature import ANY, HTML, JSON, METRICS, TEXT, Guard, Signature, realm

#: What the Kubernetes API says to somebody it does not know, or does not let in (a Status object).
_KUBERNETES = (
    Guard((403,), ('"kind":"status"', "system:anonymous")),
    Guard((401,), ('"kind":"status"', '"reason":"unauthorized"')),
)

PLATFORMS: tuple[Signature, ...] = (
    # --- containers and orchestration
    Signature("kubernetes", "kubernetes", ("/version",), ('"gitversion":"v1.', '"gitcommit":"'), families=JSON,
              guards=_KUBERNETES),
    Signature("kubernetes", "kubernetes", ("/api", "/apis"), (), ('"kind":"apiversions"', '"kind":"apigrouplist"'),
              JSON, guards=_KUBERNETES),
    Signature("kubelet", "kubernetes", ("/pods", "/api/v1/pods", "/runningpods/"),
              ('"kind":"podlist"', '"apiversion":"v1"'), families=JSON, guards=_KUBERNETES, source="N",
              note="a list of pods, not any API object"),
    Signature(
        "kubernetes-dashboard", "kubernetes",
        ("/", "/api/v1/namespaces/kubernetes-dashboard/services/https:kubernetes-dashboard:/proxy/"),
        ("<title>kubernetes dashboard</title>",), families=HTML,
    ),
    Signature("kube-state-metrics", "kubernetes", ("/metrics",), ("kube_pod_info{",), families=METRICS),
    Signature("cadvisor", "kubernetes", ("/containers/",), ("<title>cadvisor",), families=HTML),
    Signature("etcd", "kubernetes", ("/v2/keys/",), ('"action":"get"', '"node":{'), families=JSON, source="N",
              note="`node` and `key` alone are anybody's words"),
    Signature("etcd-version", "kubernetes", ("/version",), ('"etcdserver":"', '"etcdcluster":"'), families=JSON),
    Signature("etcd-health", "kubernetes", ("/health",), ('{"health":"true","reason":""',), families=JSON,
              note='since 3.5; `{"health":"true"}` alone is too little'),
    Signature("etcd-metrics", "kubernetes", ("/metrics",), ("etcd_server_has_leader",), families=METRICS),
    Signature("docker", "kubernetes", ("/version",), ('"apiversion":"', '"minapiversion":"'), families=JSON),
    Signature("docker-containers", "kubernetes", ("/containers/json",),
              ('"imageid":"sha256:', '"networksettings":{'), families=JSON),
    # --- discovery, identity and secrets
    Signature("consul", "discovery", ("/v1/agent/self",), ('"config":{"datacenter"',), families=JSON),
    Signature("consul-services", "discovery", ("/v1/catalog/services",), ('"consul":[]',), families=JSON),
    Signature("consul-ui", "discovery", ("/ui/",), ("<title>consul by hashicorp</title>",), families=HTML),
    Signature("nomad", "discovery", ("/v1/agent/self",), ('"member":{', '"stats":{', '"nomad":{'), families=JSON,
              note="`member` is a word of Consul's too"),
    Signature("vault", "discovery", ("/v1/sys/health",), ('"initialized":', '"sealed":', '"standby":'),
              families=JSON),
    Signature("keycloak-admin", "discovery", ("/admin/master/console/", "/auth/admin/master/console/"),
              ("<title>keycloak administration console</title>",), families=HTML,
              note="`/realms/master` is public by design and not asked"),
    # --- stores, queues and what computes on them
    Signature(
        "elasticsearch", "data", ("/",), (),
        ('"tagline":"you know,for search"', '"tagline":"the opensearch project:'), JSON,
        guards=(Guard((401, 403), ('"type":"security_exception"',)),),
    ),
    Signature("elasticsearch-health", "data", ("/_cluster/health",),
              ('"cluster_name":"', '"number_of_data_nodes":'), families=JSON,
              guards=(Guard((401, 403), ('"type":"security_exception"',)),)),
    Signature("elasticsearch-indices", "data", ("/_cat/indices?v",), ("health status index uuid pri rep",),
              families=TEXT),
    Signature("kibana", "data", ("/api/status", "/app/kibana"), families=ANY, header=(("kbn-name", ""),),
              guards=(Guard((401, 403), header=(("kbn-name", ""),)),)),
    Signature("couchdb", "data", ("/",), ('"couchdb":"welcome"',), families=JSON),
    Signature("influxdb", "data", ("/ping",), families=ANY, header=(("x-influxdb-version", ""),)),
    Signature("rabbitmq", "data", ("/api/overview",), ('"rabbitmq_version":"',), families=JSON,
              guards=(realm("rabbitmq management"),)),
    Signature("minio", "data", ("/minio/health/live",), families=("empty",), header=(("server", "minio"),)),
    Signature("solr", "data", ("/solr/admin/info/system",), ('"solr_home":"', '"lucene":{'), families=JSON),
    Signature("zookeeper", "data", ("/commands",), ("/commands/ruok", "/commands/configuration"), families=HTML),
    Signature("spark", "data", ("/api/v1/applications",), ('"attempts":[{', '"sparkuser":"'), families=JSON),
    Signature("hadoop", "data", ("/jmx",), ('"beans":[{"name":"', '"modelertype":"'), families=JSON),
)  # fmt: skip
