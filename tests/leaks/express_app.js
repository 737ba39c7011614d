// The corpus's Express application: the pages of pages.py, written down for the witness before they are answered.
// Must never answer a request that it has not written down.
"use strict";
const fs = require("fs");
const express = require("express");

const settings = JSON.parse(process.env.SETTINGS);

function application(each) {
  const log = fs.openSync(each.log, "a");
  const app = express(); // its defaults: routing ignores case and a trailing slash
  app.disable("etag");
  app.set("trust proxy", each.guarded);
  const note = (request, response) => {
    const id = request.get("x-reach-probe-id") || "";
    fs.writeSync(log, `${id}\t${response.statusCode}\t${request.method}\t${request.originalUrl}\n`);
  };
  if (each.guarded) {
    app.use("/internal", (request, response, next) => {
      if (each.allowed.includes(request.ip)) return next();
      response.status(403);
      note(request, response);
      response.json({ error: "this address may not see the metrics of the shop", realm: "shop-internal" });
    });
  }
  for (const [path, page] of Object.entries(each.pages)) {
    app.get(`${path}.:format(json|txt)?`, (request, response) => {
      response.status(200);
      note(request, response);
      response.json({ ...page, at: new Date().toISOString() });
    });
  }
  app.use((request, response) => {
    response.status(404);
    note(request, response);
    response.type("text").send(`Cannot ${request.method} ${request.path}\n`);
  });
  app.listen(each.port, each.address);
}

settings.forEach(application);
