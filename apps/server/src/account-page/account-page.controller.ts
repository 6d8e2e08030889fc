import { createHash } from 'node:crypto';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from 'ringfence/nest';
import { Html, html, htmlPage, PAGE_HEADERS } from '../http/html.js';

/**
 * What the page runs: it takes the token out of the fragment, and out of the address, so that it stays in
 * no history; asks for what is still needed, and posts it. What comes back is shown as text.
 */
const SCRIPT = `'use strict';
const [kind, token] = location.hash.slice(1).split('=');
history.replaceState(null, '', location.pathname);
const pages = {
  'password-reset': ['Set a new password', '/password-resets/confirm', ['password'], 'Your password is set. Log in with it.'],
  'email-verification': ['Confirm your address', '/email-verifications/confirm', [], 'Your address is confirmed.'],
  'invitation': ['Join', '/invitations/accept', ['name', 'password'], 'You are a member now. Log in.'],
};
const form = document.querySelector('form');
const said = document.querySelector('#said');
const page = token && Object.hasOwn(pages, kind) ? pages[kind] : undefined;
if (page) {
  const [title, route, fields, done] = page;
  document.querySelector('h1').textContent = title;
  said.textContent = '';
  form.hidden = false;
  for (const label of form.querySelectorAll('label')) {
    const wanted = fields.includes(label.dataset.field);
    label.hidden = !wanted;
    label.querySelector('input').disabled = !wanted;
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) });
    const headers = { 'content-type': 'application/json' };
    try {
      const answer = await fetch(route, { method: 'POST', headers, body });
      form.hidden = answer.ok || answer.status === 401;
      if (answer.ok) return void (said.textContent = done);
      const problem = await answer.json();
      const more = (problem.errors ?? []).map(({ message }) => message);
      said.textContent = [problem.title, ...more].join(' ');
    } catch {
      said.textContent = 'The service did not answer. Try again.';
    }
  });
}
`;

const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64');

/** As every page, and the one script, which may talk to this server only. */
const HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; script-src 'sha256-${SCRIPT_HASH}'; connect-src 'self'`,
  'referrer-policy': 'no-referrer',
} as const;

const PAGE = htmlPage(
  'Account',
  html`<h1>Account</h1>
<p id="said" role="status">This page is opened by a link in a mail. The link is incomplete, or was opened already.</p>
<form hidden>
<p><label data-field="name">Your name<br><input name="name" autocomplete="name" required maxlength="200"></label></p>
<p><label data-field="password">New password<br><input name="password" type="password" autocomplete="new-password" required maxlength="1024"></label></p>
<p><button>Go on</button></p>
</form>
<script>${new Html(SCRIPT)}</script>`,
);

/**
 * The page behind the links in mails. Whoever has a front end of their own names it in PUBLIC_URL and
 * serves `/account` there.
 */
@ApiExcludeController()
@Controller('account')
@Public('holds nothing; the token in the link says who it is')
export class AccountPageController {
  @Get()
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(HEADERS);
    return PAGE;
  }
}
