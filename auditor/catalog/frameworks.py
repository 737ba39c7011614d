"""Signatures of API descriptions, and of what frameworks and languages bring along for their developers."""

from auditor.catalog.signature import HTML, JSON, TEXT, Guard, Signature, realm

_SWAGGER_UI = (
    "/docs", "/swagger-ui/index.html", "/swagger-ui.html", "/swagger/index.html", "/swagger-ui/", "/api/docs",
    "/webjars/swagger-ui/index.html", "/q/swagger-ui/",
)  # fmt: skip
_ASK = "?query=%7B__typename%7D"
_GRAPHIQL = (
    "<title>graphiql</title>", "<title>graphql playground</title>", "<title>altair</title>",
    "<title>simple graphiql example</title>",
)  # fmt: skip

FRAMEWORKS: tuple[Signature, ...] = (
    # --- descriptions of an API, and explorers of them
    Signature(
        "openapi", "openapi",
        ("/openapi.json", "/swagger.json", "/v3/api-docs", "/v2/api-docs", "/api-docs",
         "/swagger/v1/swagger.json"),
        ('"paths":{',), ('"openapi":"3.', '"swagger":"2.'), JSON,
        also=r"/(?:swagger|openapi|api-docs|v[23]/api-docs)[\w./-]{0,80}", source="N",
    ),
    Signature(
        "openapi", "openapi", ("/openapi.yaml", "/swagger.yaml", "/q/openapi"), ("info:", "paths:", "responses:"),
        ("openapi:3.", 'openapi:"3.', "openapi:'3.", 'swagger:"2.', "swagger:'2."), ("text", "binary"),
        note="the form in YAML; never a page of HTML that quotes one",
    ),
    Signature(
        "swagger-ui", "openapi", _SWAGGER_UI, ("swagger-ui",),
        ("- swagger ui</title>", "<title>swagger ui</title>", 'id="swagger-ui', "id=swagger-ui"), HTML,
        also=r"/docs/?|/(?:swagger|openapi|api-docs|v[23]/api-docs)[\w./-]{0,80}", source="N",
        note="`SwaggerUIBundle(` and `loadSwaggerUI` are left out: pages about it quote them",
    ),
    Signature("swagger-resources", "openapi", ("/swagger-resources",), ('"swaggerversion":"', '"location":"'),
              families=JSON),
    Signature("redoc", "openapi", ("/redoc",), ("<redoc spec-url=",), families=HTML),
    Signature(
        "graphql-schema", "openapi",
        (f"/graphql{_ASK}", f"/api/graphql{_ASK}", f"/v1/graphql{_ASK}", f"/query{_ASK}"), (),
        ('"data":{"__typename":"', '"__schema":{"querytype"'), JSON, also=r"/graphql|/query",
        note="whatever the root is called: not every schema has a `Query`",
    ),
    Signature("graphiql", "openapi", ("/graphiql", "/playground", "/altair"), (), _GRAPHIQL, HTML,
              also=r"/graphql", note="in the title: the words stand on many pages"),
    # --- Python
    Signature(
        "django-admin", "python", ("/admin/",), ("django administration", "csrfmiddlewaretoken"), families=HTML,
        guards=(Guard((301, 302), header=(("location", "/admin/login/?next="),)),), also=r"/admin/?|/admin/login/",
    ),
    Signature("werkzeug-console", "python", ("/console",), ("werkzeug", "interactive console"), families=HTML),
    Signature("airflow", "python", ("/api/v1/health", "/health"), ('"metadatabase":{"status":"', '"scheduler":{'),
              families=JSON),
    Signature("jupyter", "python", ("/api",), ('{"version":"',), families=JSON,
              header=(("server", "tornadoserver/"),), note="with the server's name: a version alone is anybody's"),
    Signature("mlflow", "python", ("/api/2.0/mlflow/experiments/search?max_results=1",),
              ('"experiments":[{', '"experiment_id":"', '"lifecycle_stage":"'), families=JSON),
    Signature("ray", "python", ("/api/jobs/",), ('"submission_id":', '"entrypoint":"'), families=JSON),
    Signature("flower", "python", ("/dashboard", "/flower/dashboard"), ("<title>flower</title>", "celery"),
              families=HTML),
    # --- Ruby
    Signature("rails-info", "ruby", ("/rails/info/properties",), ("rails version", "ruby version", "middleware"),
              families=HTML),
    Signature("rails-routes", "ruby", ("/rails/info/routes",), ("helper", "http verb", "controller#action"),
              families=HTML),
    Signature("sidekiq", "ruby", ("/sidekiq",), ("sidekiq</title>", "processed", "enqueued"), families=HTML),
    Signature("sidekiq", "ruby", ("/sidekiq/stats",), ('"sidekiq":{"processed":',), families=JSON),
    # --- PHP
    Signature("laravel-telescope", "php", ("/telescope",), ('id="telescope"', "<title>telescope"), families=HTML),
    Signature("laravel-horizon", "php", ("/horizon",), ('id="horizon"', "<title>horizon"), families=HTML),
    Signature("laravel-ignition", "php", ("/_ignition/health-check",), ('"can_execute_commands":',),
              families=JSON),
    Signature("symfony-profiler", "php", ("/_profiler/", "/app_dev.php/_profiler/"),
              ("<title>symfony profiler</title>",), families=HTML, also=r"/_profiler[\w/]{0,40}"),
    Signature("phpinfo", "php", ("/phpinfo.php", "/info.php"), ("phpinfo()</title>", "php version"), families=HTML,
              also=r"\.php"),
    Signature("php-fpm-status", "php", ("/fpm-status", "/status?full"),
              ("pool:", "process manager:", "accepted conn:"), families=TEXT, also=r"status"),
    # --- .NET
    Signature("aspnet-trace", "dotnet", ("/trace.axd",), ("application trace", "physical directory:"),
              families=HTML),
    Signature("elmah", "dotnet", ("/elmah.axd",), ("error log for", "powered by <a", "elmah"), families=HTML),
    Signature("hangfire", "dotnet", ("/hangfire",), ("hangfire dashboard", "hangfire-config"), families=HTML),
    # --- Java beside Spring
    Signature("microprofile-health", "java", ("/q/health",), ('{"status":"up","checks":[',), families=JSON,
              also=r"/health(?:/\w{1,20})?"),
    Signature("micronaut-beans", "java", ("/beans",), ('"beans":{', "io.micronaut."), families=JSON),
    Signature("dropwizard-admin", "java", ("/admin",), ("operational menu", "metrics?pretty=true"), families=HTML),
    Signature("dropwizard-healthcheck", "java", ("/healthcheck",), ('"deadlocks":{"healthy":',), families=JSON),
    Signature("dropwizard-metrics", "java", ("/metrics",), ('"gauges":{', '"histograms":{', '"meters":{'),
              families=JSON),
    Signature(
        "tomcat-manager", "java", ("/manager/html", "/host-manager/html"), (),
        ("tomcat web application manager", "tomcat virtual host manager"), HTML,
        guards=(
            realm("tomcat manager application"), realm("tomcat host manager application"),
            Guard((401, 403), ("conf/tomcat-users.xml", "manager")),
            Guard((403,), ("by default the manager is only accessible from a browser",)),
            Guard((403,), ("by default the host manager is only accessible from a browser",)),
        ),
    ),
    # --- Go
    Signature("pprof", "go", ("/debug/pprof/",), ("types of profiles available:",), families=HTML),
    Signature("expvar", "go", ("/debug/vars",), ('"cmdline":[', '"memstats":{'), families=JSON),
    # --- Node
    Signature("express-status-monitor", "node", ("/status",), ("<title>express status</title>",), families=HTML),
)  # fmt: skip
