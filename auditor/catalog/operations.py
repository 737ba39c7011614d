"""Signatures of what operates the rest: observability, delivery, and files that should never have been served."""

from auditor.catalog.signature import ANY, FILE, HTML, JSON, METRICS, TEXT, Guard, Signature

_REGISTRY = (("docker-distribution-api-version", "registry/2.0"),)

#: Settings that a `.env` is kept for. A name and an equals sign alone could be anything.
_DOTENV = (
    "app_key=", "app_env=", "app_secret=", "secret_key=", "secret_key_base=", "jwt_secret=", "db_password=",
    "db_host=", "database_url=", "postgres_password=", "mysql_root_password=", "redis_url=", "mongo_uri=",
    "aws_secret_access_key=", "mail_password=", "django_settings_module=",
)  # fmt: skip

OPERATIONS: tuple[Signature, ...] = (
    # --- observability
    Signature("prometheus-metrics", "observability", ("/metrics", "/federate", "/q/metrics", "/-/metrics"),
              ("# help ", "# type "), families=METRICS, also=r"/prometheus", source="N"),
    Signature("prometheus-config", "observability", ("/api/v1/status/config",),
              ('"status":"success","data":{"yaml":"',), families=JSON, source="N"),
    Signature("prometheus-targets", "observability", ("/api/v1/targets",), ('"activetargets":[',),
              families=JSON),
    Signature("prometheus-flags", "observability", ("/api/v1/status/flags",),
              ('"config.file":"', '"status":"success"'), families=JSON),
    Signature("prometheus", "observability", ("/-/healthy",), ("prometheus server is healthy.",), families=TEXT),
    Signature("prometheus-ui", "observability", ("/graph",), ("<title>prometheus time series",), families=HTML),
    Signature("alertmanager", "observability", ("/api/v2/status",), ('"versioninfo":{', '"cluster":{'),
              families=JSON),
    Signature("grafana", "observability", ("/api/health",), ('"database":"ok"', '"commit":"', '"version":"'),
              families=JSON),
    Signature("grafana-ui", "observability", ("/login",), ("<title>grafana</title>",), families=HTML),
    Signature("jaeger", "observability", ("/api/services",),
              ('"data":[', '"total":', '"limit":0', '"offset":0', '"errors":null'), families=JSON),
    Signature("jaeger-ui", "observability", ("/search",), ("<title>jaeger ui</title>",), families=HTML),
    Signature("zipkin", "observability", ("/zipkin/config.json",), ('"defaultlookback":', '"querylimit":'),
              families=JSON, note="its settings: the page itself says too little"),
    # --- delivery
    Signature("docker-registry", "ci", ("/v2/", "/v2/_catalog"), families=JSON, header=_REGISTRY,
              guards=(Guard((401, 403), header=_REGISTRY),)),
    Signature("argocd", "ci", ("/", "/applications"), ("<title>argo cd</title>",), families=HTML,
              note="`Version` alone at `/api/version` is anybody's"),
    Signature("rancher", "ci", ("/v3",), ('"apiroot"', '"links":{', "management.cattle.io"), families=JSON),
    Signature("portainer", "ci", ("/api/status",), ('"instanceid":"', '"version":"'), families=JSON),
    Signature("jenkins", "ci", ("/login", "/api/json"), families=ANY, header=(("x-jenkins", ""),),
              guards=(Guard((401, 403), header=(("x-jenkins", ""),)),)),
    Signature("gitlab", "ci", ("/-/health",), ("gitlab ok",), families=TEXT),
    Signature("sonarqube", "ci", ("/api/system/status",), ('"id":"', '"version":"', '"status":"up"'),
              families=JSON, note='with its id: `"status":"UP"` and a version are anybody\'s'),
    Signature("nexus", "ci", ("/service/rest/v1/status",), families=("empty",), header=(("server", "nexus/"),),
              note="with the server's name: an empty answer alone is nothing"),
    # --- files
    Signature("git", "files", ("/.git/config",), ("[core]", "repositoryformatversion"), families=FILE,
              source="N"),
    Signature("git-head", "files", ("/.git/HEAD",), ("ref:refs/heads/",), families=FILE),
    Signature("dotenv", "files", ("/.env",), (), _DOTENV, FILE,
              note="the name of a setting that such a file is kept for, and never in a page"),
)  # fmt: skip
