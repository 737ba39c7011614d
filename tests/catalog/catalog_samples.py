"""A page of each product, as it comes: one at least for each row of the table, and one for each guard."""

from dataclasses import dataclass

from auditor.judge.fingerprint import fingerprint
from auditor.model import HttpQuestion

JSON, HTML, TEXT, XML = "application/json", "text/html; charset=utf-8", "text/plain; charset=utf-8", "text/xml"
METRICS, OCTETS = "text/plain; version=0.0.4; charset=utf-8", "application/octet-stream"
ACTUATOR = "application/vnd.spring-boot.actuator.v3+json"


@dataclass(frozen=True)
class Sample:
    product: str
    path: str
    kind: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    others: frozenset[str] = frozenset()  # what it is too

    @property
    def all_headers(self) -> tuple[tuple[str, str], ...]:
        return ((("Content-Type", self.kind),) if self.kind else ()) + self.headers


def marks(path: str, status: int, headers: tuple[tuple[str, str], ...], body: str) -> set[str]:
    question = HttpQuestion("http", "api.example.com", 80, path)
    return set(fingerprint(question=question, status=status, headers=headers, body=body.encode()).marks)


def marks_of(sample: Sample) -> set[str]:
    return marks(sample.path, sample.status, sample.all_headers, sample.body)


def _html(title: str, body: str) -> str:
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body>{body}</body></html>\n"


def _also(*products: str) -> frozenset[str]:
    return frozenset(products)


_PROM = _also("prometheus-metrics")

SAMPLES: tuple[Sample, ...] = (
    # --- Spring
    Sample("actuator", "/actuator", ACTUATOR,
           '{"_links":{"self":{"href":"http://x/actuator","templated":false},"health":{"href":"http://x/actuator/'
           'health","templated":false},"health-path":{"href":"http://x/actuator/health/{*path}","templated":true}}}'),
    Sample("actuator-health", "/actuator/health", ACTUATOR,
           '{"status":"UP","components":{"diskSpace":{"status":"UP","details":{"total":10}},"ping":{"status":"UP"}}}'),
    Sample("actuator-health", "/actuator/health", ACTUATOR, '{"status":"UP","groups":["liveness","readiness"]}'),
    Sample("actuator-env", "/actuator/env", ACTUATOR,
           '{"activeProfiles":["prod"],"propertySources":[{"name":"server.ports","properties":{"local.server.port":'
           '{"value":8080}}},{"name":"systemEnvironment","properties":{}}]}'),
    Sample("actuator-env", "/env", JSON,
           '{"profiles":["prod"],"server.ports":{"local.server.port":8080},"systemProperties":{"java.version":"8"},'
           '"systemEnvironment":{"PATH":"/bin"},"applicationConfig: [classpath:/application.yml]":{"a":"b"}}'),
    Sample("spring-gateway-routes", "/actuator/gateway/routes", JSON,
           '[{"predicate":"Paths: [/x/**], match trailing slash: true","route_id":"x","filters":[],'
           '"uri":"http://a:1","order":0}]'),
    Sample("actuator-mappings", "/actuator/mappings", ACTUATOR,
           '{"contexts":{"application":{"mappings":{"dispatcherServlets":{"dispatcherServlet":[{"handler":"x"}]}}}}}'),
    Sample("actuator-beans", "/actuator/beans", ACTUATOR,
           '{"contexts":{"application":{"beans":{"a":{"aliases":[],"scope":"singleton","type":"x.A","resource":null,'
           '"dependencies":["b"]}},"parentId":null}}}'),
    Sample("actuator-configprops", "/actuator/configprops", ACTUATOR,
           '{"contexts":{"application":{"beans":{"x":{"prefix":"spring.jpa","properties":{"show":false},"inputs":{}}'
           '}}}}'),
    Sample("actuator-loggers", "/actuator/loggers", ACTUATOR,
           '{"levels":["OFF","ERROR","WARN"],"loggers":{"ROOT":{"configuredLevel":"INFO","effectiveLevel":"INFO"}}}'),
    Sample("actuator-metrics", "/actuator/metrics", ACTUATOR, '{"names":["jvm.memory.used","jvm.memory.max"]}'),
    Sample("actuator-prometheus", "/actuator/prometheus", METRICS,
           "# HELP jvm_threads_live_threads x\n# TYPE jvm_threads_live_threads gauge\njvm_threads_live_threads 31.0\n",
           others=_PROM),
    Sample("actuator-threaddump", "/actuator/threaddump", ACTUATOR,
           '{"threads":[{"threadName":"main","threadId":1,"blockedTime":-1}]}'),
    Sample("actuator-httpexchanges", "/actuator/httpexchanges", ACTUATOR,
           '{"exchanges":[{"timestamp":"2024-01-01T00:00:00Z","request":{"uri":"http://x/","method":"GET"},'
           '"response":{"status":200},"timeTaken":"PT0.003S"}]}'),
    Sample("actuator-httptrace", "/actuator/httptrace", ACTUATOR,
           '{"traces":[{"timestamp":"2020-01-01T00:00:00Z","principal":null,"session":null,"request":{"method":'
           '"GET"},"response":{"status":200},"timeTaken":3}]}'),
    Sample("actuator-trace", "/trace", JSON,
           '[{"timestamp":1,"info":{"method":"GET","path":"/x","headers":{"request":{"host":"x"},"response":{}}}}]'),
    Sample("actuator-conditions", "/actuator/conditions", ACTUATOR,
           '{"contexts":{"application":{"positiveMatches":{"A":[]},"negativeMatches":{},"unconditionalClasses":["x"]}}'
           '}', others=_also("actuator-conditions")),
    Sample("actuator-conditions", "/autoconfig", JSON, '{"positiveMatches":{"A":[]},"negativeMatches":{"B":{}}}'),
    Sample("actuator-scheduledtasks", "/actuator/scheduledtasks", ACTUATOR,
           '{"cron":[],"fixedDelay":[{"runnable":{"target":"x"},"interval":1}],"fixedRate":[],"custom":[]}'),
    Sample("actuator-caches", "/actuator/caches", ACTUATOR, '{"cacheManagers":{"cm":{"caches":{"a":{"target":"x"}}}}}'),
    Sample("actuator-startup", "/actuator/startup", ACTUATOR,
           '{"springBootVersion":"3.2.0","timeline":{"startTime":"x","events":[]}}'),
    Sample("actuator-sbom", "/actuator/sbom", ACTUATOR, '{"ids":["application"]}'),
    Sample("actuator-logfile", "/actuator/logfile", TEXT,
           "  .   ____          _\n '  |____| .__|_| |_|_| |_\\__, | / / / /\n :: Spring Boot ::       (v3.2.0)\n"),
    Sample("actuator-integrationgraph", "/actuator/integrationgraph", ACTUATOR,
           '{"contentDescriptor":{"providerVersion":"6.1"},"nodes":[{"nodeId":1}],"links":[{"from":1,"to":2}]}'),
    Sample("actuator-flyway", "/actuator/flyway", ACTUATOR,
           '{"contexts":{"application":{"flywayBeans":{"flyway":{"migrations":[]}}}}}'),
    Sample("actuator-liquibase", "/actuator/liquibase", ACTUATOR,
           '{"contexts":{"application":{"liquibaseBeans":{"liquibase":{"changeSets":[]}}}}}'),
    Sample("actuator-auditevents", "/actuator/auditevents", ACTUATOR,
           '{"events":[{"timestamp":"2024-01-01T00:00:00Z","principal":"alice","type":"logout"}]}'),
    Sample("jolokia", "/jolokia", "text/plain;charset=utf-8",
           '{"request":{"type":"version"},"value":{"agent":"1.6.2","protocol":"7.2","config":{"agentId":"x"},"info":'
           '{"product":"tomcat"}},"timestamp":1,"status":200}'),
    Sample("eureka", "/eureka/apps", "application/xml",
           "<applications><versions__delta>1</versions__delta><apps__hashcode>UP_1_</apps__hashcode></applications>"),
    Sample("eureka", "/eureka/apps", JSON,
           '{"applications":{"versions__delta":"1","apps__hashcode":"UP_1_","application":[]}}'),
    # --- descriptions of an API
    Sample("openapi", "/openapi.json", JSON, '{"openapi": "3.1.0", "info": {"title": "x"}, "paths": {"/a": {"get": {}}}}'),
    Sample("openapi", "/v2/api-docs", JSON, '{"swagger":"2.0","info":{},"paths":{"/a":{"get":{}}}}'),
    Sample("openapi", "/openapi.yaml", "application/yaml",
           "openapi: 3.0.3\ninfo:\n  title: x\npaths:\n  /a:\n    get:\n      responses:\n        '200': {}\n"),
    Sample("swagger-ui", "/docs", HTML,
           _html("FastAPI - Swagger UI", '<div id="swagger-ui">\n</div><script>const ui = SwaggerUIBundle({})</script>')),
    Sample("swagger-ui", "/swagger-ui/index.html", HTML,
           _html("Swagger UI", '<link href="./swagger-ui.css"><div id="swagger-ui"></div>')),
    Sample("swagger-resources", "/swagger-resources", JSON,
           '[{"name":"default","url":"/v2/api-docs","swaggerVersion":"2.0","location":"/v2/api-docs"}]'),
    Sample("redoc", "/redoc", HTML, _html("FastAPI - ReDoc", '<redoc spec-url="/openapi.json"></redoc>')),
    Sample("graphql-schema", "/graphql?query=%7B__typename%7D", JSON, '{"data":{"__typename":"query_root"}}'),
    Sample("graphiql", "/graphiql", HTML, _html("GraphiQL", '<div id="graphiql">Loading...</div>')),
    # --- frameworks
    Sample("django-admin", "/admin/", HTML,
           _html("Log in | Django site admin", '<a href="/admin/">Django administration</a><input type="hidden" '
                 'name="csrfmiddlewaretoken" value="x">')),
    Sample("werkzeug-console", "/console", HTML,
           _html("Console // Werkzeug Debugger", "<h1>Interactive Console</h1>")),
    Sample("airflow", "/health", JSON,
           '{"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy", '
           '"latest_scheduler_heartbeat": "x"}}'),
    Sample("jupyter", "/api", JSON, '{"version": "2.7.0"}', (("Server", "TornadoServer/6.4"),)),
    Sample("mlflow", "/api/2.0/mlflow/experiments/search?max_results=1", JSON,
           '{"experiments": [{"experiment_id": "0", "name": "Default", "lifecycle_stage": "active"}]}'),
    Sample("ray", "/api/jobs/", JSON,
           '[{"type": "SUBMISSION", "submission_id": "raysubmit_x", "entrypoint": "python a.py", "status": "RUNNING"}]'),
    Sample("flower", "/dashboard", HTML, _html("Flower", "<a>Celery workers</a>")),
    Sample("rails-info", "/rails/info/properties", HTML,
           _html("Properties", "<table><tr><td>Rails version</td><td>7.1</td></tr><tr><td>Ruby version</td></tr>"
                 "<tr><td>Middleware</td></tr></table>")),
    Sample("rails-routes", "/rails/info/routes", HTML,
           _html("Routes", "<th>Helper (Path / Url)</th><th>HTTP Verb</th><th>Path</th><th>Controller#Action</th>")),
    Sample("sidekiq", "/sidekiq", HTML,
           _html("[PRODUCTION] Sidekiq", "<span>Processed</span><span>Failed</span><span>Enqueued</span>")),
    Sample("sidekiq", "/sidekiq/stats", JSON, '{"sidekiq":{"processed":1,"failed":0},"redis":{},"server_utc_time":"x"}'),
    Sample("laravel-telescope", "/telescope", HTML,
           _html("Telescope - Shop", '<div id="telescope" v-cloak></div>')),
    Sample("laravel-horizon", "/horizon", HTML, _html("Horizon - Shop", '<div id="horizon" v-cloak></div>')),
    Sample("laravel-ignition", "/_ignition/health-check", JSON, '{"can_execute_commands":true}'),
    Sample("symfony-profiler", "/_profiler/", HTML, _html("Symfony Profiler", "<h1>Search results</h1>")),
    Sample("phpinfo", "/phpinfo.php", HTML, _html("PHP 8.2.7 - phpinfo()", "<h1>PHP Version 8.2.7</h1>")),
    Sample("php-fpm-status", "/fpm-status", TEXT,
           "pool:                 www\nprocess manager:      dynamic\nstart since:          1\naccepted conn:        4\n"),
    Sample("aspnet-trace", "/trace.axd", HTML,
           _html("", "<h1>Application Trace</h1>[ <a>clear current trace</a> ] Physical Directory: C:\\x")),
    Sample("elmah", "/elmah.axd", HTML,
           _html("Error log for / on WEB01 (Page #1)", '<p>Powered by <a href="http://elmah.github.io/">ELMAH</a></p>')),
    Sample("hangfire", "/hangfire", HTML,
           _html("Hangfire Dashboard", '<div id="hangfireConfig" class="hangfire-config"></div>')),
    Sample("microprofile-health", "/q/health", JSON,
           '{\n    "status": "UP",\n    "checks": [\n        {\n "name": "x", "status": "UP" } ]\n}'),
    Sample("micronaut-beans", "/beans", JSON,
           '{"beans":{"io.micronaut.http.server.netty.X$Definition":{"dependencies":[],"scope":"singleton"}}}'),
    Sample("dropwizard-admin", "/admin", HTML,
           _html("Metrics", '<h1>Operational Menu</h1><a href="/metrics?pretty=true">Metrics</a>')),
    Sample("dropwizard-healthcheck", "/healthcheck", JSON, '{"deadlocks":{"healthy":true},"db":{"healthy":true}}'),
    Sample("dropwizard-metrics", "/metrics", JSON,
           '{"version":"4.0.0","gauges":{"a":{"value":1}},"counters":{},"histograms":{},"meters":{},"timers":{}}'),
    Sample("tomcat-manager", "/manager/html", HTML,
           _html("/manager", "<font>Tomcat Web Application Manager</font>")),
    Sample("pprof", "/debug/pprof/", HTML,
           _html("/debug/pprof/", "/debug/pprof/<br>\n<p>Set debug=1</p>\nTypes of profiles available:\n<table></table>")),
    Sample("expvar", "/debug/vars", JSON, '{\n"cmdline": ["/app"],\n"memstats": {"Alloc":1}\n}'),
    Sample("express-status-monitor", "/status", HTML, _html("Express Status", "<span>CPU Usage</span>")),
    # --- gateways
    Sample("kong-admin", "/", JSON,
           '{"tagline":"Welcome to kong","version":"3.4.0","lua_version":"LuaJIT 2.1.0","plugins":{}}'),
    Sample("kong-status", "/status", JSON,
           '{"server":{"connections_accepted":1,"connections_active":1},"database":{"reachable":true}}'),
    Sample("kong-routes", "/routes", JSON,
           '{"data":[{"id":"x","paths":["/a"],"strip_path":true,"preserve_host":false}],"next":null}'),
    Sample("kong-services", "/services", JSON,
           '{"data":[{"id":"x","connect_timeout":60000,"write_timeout":60000,"retries":5,"host":"a"}],"next":null}'),
    Sample("envoy-admin", "/", HTML, _html("Envoy Admin", "<table><a href='certs'>certs</a></table>")),
    Sample("envoy-config", "/config_dump", JSON,
           '{\n "configs": [\n  {\n   "@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump"}]}'),
    Sample("envoy-server-info", "/server_info", JSON,
           '{\n "version": "x/1.27/Clean",\n "state": "LIVE",\n "command_line_options": {"base_id": "0"}}'),
    Sample("envoy-clusters", "/clusters", "text/plain",
           "app::observability_name::app\napp::default_priority::max_connections::1024\n"
           "app::10.0.0.1:80::health_flags::healthy\n"),
    Sample("envoy-stats", "/stats", "text/plain", "cluster_manager.active_clusters: 2\nserver.uptime: 12\n"),
    Sample("envoy-certs", "/certs", JSON,
           '{\n "certificates": [\n  {\n   "ca_cert": [],\n   "cert_chain": [{"path": "x"}]}]}'),
    Sample("envoy-metrics", "/stats/prometheus", "text/plain",
           '# TYPE envoy_cluster_assignment_stale counter\nenvoy_cluster_assignment_stale{envoy_cluster_name="a"} 0\n'),
    Sample("traefik-api", "/api/rawdata", JSON, '{"routers":{"a@docker":{}},"services":{"a@docker":{}}}'),
    Sample("traefik-api", "/api/overview", JSON,
           '{"http":{"routers":{"total":3,"warnings":0,"errors":0},"services":{"total":1}},"features":{}}'),
    Sample("traefik-version", "/api/version", JSON, '{"Version":"2.10.4","Codename":"saintmarcelin"}'),
    Sample("traefik-dashboard", "/dashboard/", HTML, _html("Traefik", "<div id=q-app></div>")),
    Sample("haproxy-stats", "/haproxy?stats", "text/html",
           _html("Statistics Report for HAProxy", "<h1>HAProxy version 2.6.12</h1>")),
    Sample("haproxy-stats", "/stats;csv", "text/plain", "# pxname,svname,qcur,qmax,scur,\nf,FRONTEND,,,1,\n"),
    Sample("nginx-status", "/nginx_status", "text/plain",
           "Active connections: 1 \nserver accepts handled requests\n 4 4 9 \nReading: 0 Writing: 1 Waiting: 0 \n"),
    Sample("apache-status", "/server-status", "text/html",
           _html("Apache Status", "<h1>Apache Server Status for localhost (via 127.0.0.1)</h1>")),
    Sample("apache-info", "/server-info", "text/html",
           _html("Server Information", '<h1 style="text-align: center">Apache Server Information</h1>')),
    Sample("apache-balancer", "/balancer-manager", "text/html",
           _html("Balancer Manager", "<h1>Load Balancer Manager for localhost</h1>")),
    Sample("caddy-admin", "/config/", JSON,
           '{"admin":{"listen":"127.0.0.1:2019"},"apps":{"http":{"servers":{"srv0":{"listen":[":80"],"routes":[]}}}}}'),
    Sample("apisix-admin", "/apisix/admin/routes", JSON,
           '{"list":[{"key":"/apisix/routes/1","value":{"uri":"/a"}}],"total":1}'),
    Sample("tyk", "/hello", JSON, '{"status":"pass","version":"5.0","description":"Tyk GW","details":{"redis":{}}}'),
    # --- platforms
    Sample("kubernetes", "/version", JSON,
           '{\n  "major": "1",\n  "minor": "28",\n  "gitVersion": "v1.28.2",\n  "gitCommit": "abc"\n}'),
    Sample("kubernetes", "/api", JSON, '{\n  "kind": "APIVersions",\n  "versions": [\n    "v1"\n  ]\n}'),
    Sample("kubernetes", "/apis", JSON, '{"kind":"APIGroupList","apiVersion":"v1","groups":[]}'),
    Sample("kubelet", "/pods", JSON, '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}'),
    Sample("kubernetes-dashboard", "/", HTML, _html("Kubernetes Dashboard", "<kd-root></kd-root>")),
    Sample("kube-state-metrics", "/metrics", METRICS,
           '# HELP kube_pod_info x\n# TYPE kube_pod_info gauge\nkube_pod_info{namespace="a",pod="b"} 1\n', others=_PROM),
    Sample("cadvisor", "/containers/", HTML, _html("cAdvisor - /", "<h1>root</h1>")),
    Sample("etcd", "/v2/keys/", JSON, '{"action":"get","node":{"dir":true,"nodes":[{"key":"/a","value":"b"}]}}'),
    Sample("etcd-version", "/version", JSON, '{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}'),
    Sample("etcd-health", "/health", JSON, '{"health":"true","reason":""}'),
    Sample("etcd-metrics", "/metrics", METRICS,
           "# HELP etcd_server_has_leader x\n# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n",
           others=_PROM),
    Sample("docker", "/version", JSON, '{"Platform":{"Name":"x"},"ApiVersion":"1.43","MinAPIVersion":"1.12"}'),
    Sample("docker-containers", "/containers/json", JSON,
           '[{"Id":"x","Names":["/a"],"ImageID":"sha256:abc","NetworkSettings":{"Networks":{}}}]'),
    Sample("consul", "/v1/agent/self", JSON, '{"Config":{"Datacenter":"dc1","NodeName":"a"},"Member":{"Name":"a"}}'),
    Sample("consul-services", "/v1/catalog/services", JSON, '{"consul":[],"web":["v1"]}'),
    Sample("consul-ui", "/ui/", HTML, _html("Consul by HashiCorp", "")),
    Sample("nomad", "/v1/agent/self", JSON,
           '{"config":{"Region":"global"},"member":{"Name":"a"},"stats":{"nomad":{"server":"true"}}}'),
    Sample("vault", "/v1/sys/health", JSON, '{"initialized":true,"sealed":false,"standby":false,"version":"1.15.0"}'),
    Sample("keycloak-admin", "/admin/master/console/", HTML, _html("Keycloak Administration Console", "")),
    Sample("elasticsearch", "/", JSON,
           '{\n  "name" : "a",\n  "cluster_name" : "b",\n  "tagline" : "You Know, for Search"\n}'),
    Sample("elasticsearch", "/", JSON, '{"name":"a","tagline":"The OpenSearch Project: https://opensearch.org/"}'),
    Sample("elasticsearch-health", "/_cluster/health", JSON,
           '{"cluster_name":"b","status":"green","number_of_nodes":1,"number_of_data_nodes":1}'),
    Sample("elasticsearch-indices", "/_cat/indices?v", "text/plain; charset=UTF-8",
           "health status index uuid                   pri rep docs.count\ngreen  open   a     x  1   0  1\n"),
    Sample("kibana", "/api/status", JSON, '{"name":"kibana","status":{}}', (("kbn-name", "kibana"),)),
    Sample("couchdb", "/", JSON, '{"couchdb":"Welcome","version":"3.3.2","vendor":{}}'),
    Sample("influxdb", "/ping", "", "", (("X-Influxdb-Version", "1.8.10"),), 204),
    Sample("rabbitmq", "/api/overview", JSON, '{"management_version":"3.12","rabbitmq_version":"3.12.6"}'),
    Sample("minio", "/minio/health/live", "", "", (("Server", "MinIO"),)),
    Sample("solr", "/solr/admin/info/system", JSON,
           '{"responseHeader":{"status":0},"solr_home":"/var/solr/data","lucene":{"solr-spec-version":"9.3.0"}}'),
    Sample("zookeeper", "/commands", HTML,
           '<a href="/commands/configuration">configuration</a> <br/>\n<a href="/commands/ruok">ruok</a> <br/>\n'),
    Sample("spark", "/api/v1/applications", JSON,
           '[ {\n  "id" : "app-1",\n  "name" : "x",\n  "attempts" : [ {\n    "startTime" : "x",\n'
           '    "sparkUser" : "u",\n    "completed" : true\n  } ]\n} ]'),
    Sample("hadoop", "/jmx", JSON,
           '{\n  "beans" : [ {\n    "name" : "Hadoop:service=NameNode",\n    "modelerType" : "x"\n  } ]\n}'),
    # --- operations
    Sample("prometheus-metrics", "/metrics", METRICS, "# HELP up x\n# TYPE up gauge\nup 1\n"),
    Sample("prometheus-config", "/api/v1/status/config", JSON,
           '{"status":"success","data":{"yaml":"global:\\n  scrape_interval: 15s\\n"}}'),
    Sample("prometheus-targets", "/api/v1/targets", JSON,
           '{"status":"success","data":{"activeTargets":[{"scrapePool":"a"}],"droppedTargets":[]}}'),
    Sample("prometheus-flags", "/api/v1/status/flags", JSON,
           '{"status":"success","data":{"config.file":"/etc/prometheus/prometheus.yml"}}'),
    Sample("prometheus", "/-/healthy", TEXT, "Prometheus Server is Healthy.\n"),
    Sample("prometheus-ui", "/graph", HTML,
           _html("Prometheus Time Series Collection and Processing Server", "<div id=root></div>")),
    Sample("alertmanager", "/api/v2/status", JSON,
           '{"cluster":{"name":"x","peers":[],"status":"ready"},"config":{"original":""},"versionInfo":{"version":"0"}}'),
    Sample("grafana", "/api/health", JSON, '{\n  "commit": "abc",\n  "database": "ok",\n  "version": "10.1.0"\n}'),
    Sample("grafana-ui", "/login", HTML, _html("Grafana", "<grafana-app></grafana-app>")),
    Sample("jaeger", "/api/services", JSON, '{"data":["a"],"total":1,"limit":0,"offset":0,"errors":null}'),
    Sample("jaeger-ui", "/search", HTML, _html("Jaeger UI", '<div id="jaeger-ui-root"></div>')),
    Sample("zipkin", "/zipkin/config.json", JSON, '{"environment":"","queryLimit":10,"defaultLookback":900000}'),
    Sample("docker-registry", "/v2/", JSON, "{}", (("Docker-Distribution-Api-Version", "registry/2.0"),)),
    Sample("argocd", "/", HTML, _html("Argo CD", '<div id="app"></div>')),
    Sample("rancher", "/v3", JSON,
           '{"type":"apiRoot","baseType":"apiRoot","links":{"self":"x"},"apiVersion":{"group":"management.cattle.io"}}'),
    Sample("portainer", "/api/status", JSON, '{"Version":"2.19.1","InstanceID":"299ab403-70a8-4c05-92f7-bf7a994d50df"}'),
    Sample("jenkins", "/login", HTML, _html("Sign in [Jenkins]", "<form></form>"), (("X-Jenkins", "2.426.1"),)),
    Sample("gitlab", "/-/health", TEXT, "GitLab OK"),
    Sample("sonarqube", "/api/system/status", JSON, '{"id":"AX","version":"9.9.0.65466","status":"UP"}'),
    Sample("nexus", "/service/rest/v1/status", "", "", (("Server", "Nexus/3.61.0-02 (OSS)"),)),
    Sample("git", "/.git/config", OCTETS,
           '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n[remote "origin"]\n\turl = x\n'),
    Sample("git-head", "/.git/HEAD", OCTETS, "ref: refs/heads/main\n"),
    Sample("dotenv", "/.env", OCTETS, "APP_ENV=production\nAPP_KEY=base64:x\nDB_PASSWORD=secret\n"),
)  # fmt: skip

_STATUS = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'

GUARDED: tuple[Sample, ...] = (
    Sample("django-admin", "/admin/", HTML, "", (("Location", "/admin/login/?next=/admin/"),), 302),
    Sample("tomcat-manager", "/manager/html", HTML,
           "<h1>401 Unauthorized</h1> see the file conf/tomcat-users.xml, with the role manager-gui", (), 401),
    Sample("tomcat-manager", "/manager/html", HTML, "<h1>401</h1>",
           (("WWW-Authenticate", 'Basic realm="Tomcat Manager Application"'),), 401),
    Sample("tomcat-manager", "/host-manager/html", HTML, "",
           (("WWW-Authenticate", 'Basic realm="Tomcat Host Manager Application"'),), 401),
    Sample("tomcat-manager", "/manager/html", HTML,
           "<p>By default the Manager is only accessible from a browser running on the same machine as Tomcat.</p>",
           (), 403),
    Sample("tomcat-manager", "/host-manager/html", HTML,
           "<p>By default the Host Manager is only accessible from a browser running on the same machine.</p>",
           (), 403),
    Sample("haproxy-stats", "/stats", "text/html", "<h1>401 Unauthorized</h1>",
           (("WWW-Authenticate", 'Basic realm="HAProxy Statistics"'),), 401),
    Sample("apisix-admin", "/apisix/admin/routes", JSON, '{"description":"failed to check token"}', (), 401),
    Sample("kubernetes", "/apis", JSON,
           _STATUS + '"message":"forbidden: User \\"system:anonymous\\" cannot get path","code":403}', (), 403),
    Sample("kubernetes", "/api", JSON, _STATUS + '"message":"Unauthorized","reason":"Unauthorized","code":401}', (), 401),
    Sample("elasticsearch", "/", JSON,
           '{"error":{"root_cause":[{"type":"security_exception","reason":"missing credentials"}]},"status":401}',
           (), 401),
    Sample("kibana", "/api/status", JSON, '{"statusCode":401}', (("kbn-name", "k"),), 401),
    Sample("rabbitmq", "/api/overview", JSON, '{"error":"not_authorised"}',
           (("WWW-Authenticate", 'Basic realm="RabbitMQ Management"'),), 401),
    Sample("docker-registry", "/v2/", JSON, '{"errors":[{"code":"UNAUTHORIZED"}]}',
           (("Docker-Distribution-Api-Version", "registry/2.0"),), 401),
    Sample("jenkins", "/api/json", HTML, "Authentication required", (("X-Jenkins", "2.4"),), 403),
)  # fmt: skip
