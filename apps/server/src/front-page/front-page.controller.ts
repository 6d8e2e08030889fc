import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from 'ringfence/nest';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { html, htmlPage, PAGE_HEADERS } from '../http/html.js';

/** What a person sees who opens the address in a browser. */
@ApiExcludeController()
@Controller()
@Public('says what runs here, and nothing about any tenant')
export class FrontPageController {
  constructor(@Inject(SERVER_CONFIG) private readonly config: ServerConfig) {}

  @Get()
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(PAGE_HEADERS);
    const demo = this.config.RINGFENCE_MODE === 'demo';
    return htmlPage(
      'Ringfence',
      html`<h1>Ringfence</h1>
<p>The reference server of a multi-tenant SaaS: organizations, users, projects and documents, on
PostgreSQL Row-Level Security. One tenant's data cannot reach another tenant.</p>
<ul>
<li><a href="/docs">What it can do</a>, as a page</li>
<li><a href="/openapi.json">openapi.json</a>, for programs</li>
<li><a href="/healthz">healthz</a> and <a href="/readyz">readyz</a></li>
</ul>
<h2>Begin</h2>
<p>Log in with tenant, e-mail address and password, and send the token with each request:</p>
<pre>curl -s localhost:${this.config.PORT}/auth/login -H 'content-type: application/json' \\
  -d '{"tenant":"acme","email":"owner@acme.test","password":"…"}'
curl -s localhost:${this.config.PORT}/projects -H "authorization: Bearer $TOKEN"</pre>
${demo ? html`<p>This server runs in demo mode: its data and passwords are for trying out.</p>` : undefined}`,
    );
  }
}
