/**
 * What the page runs: it takes the token out of the fragment, and out of the address, so that it stays in
 * no history; asks for what is still needed, and posts it. What comes back is shown as text.
 */
export const ACCOUNT_SCRIPT = `'use strict';
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
