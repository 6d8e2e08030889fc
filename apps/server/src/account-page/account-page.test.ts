import { createHash } from 'node:crypto';
import { setImmediate as tick } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AccountPageController } from './account-page.controller.js';
import { ACCOUNT_SCRIPT } from './account-script.js';

interface Field {
  readonly dataset: { readonly field: string };
  readonly input: { readonly name: string; value: string; disabled: boolean };
  hidden: boolean;
}

/** As much of a browser as the script touches. */
class Page {
  readonly heading = { textContent: 'Account' };
  readonly said = { textContent: 'incomplete' };
  readonly posted: { route: string; body: unknown }[] = [];
  readonly addresses: string[] = [];
  readonly fields: Field[] = ['name', 'password'].map((name) => ({
    dataset: { field: name },
    input: { name, value: `my ${name}`, disabled: false },
    hidden: false,
  }));
  #submit: ((event: { preventDefault(): void }) => Promise<void>) | undefined;
  readonly form = {
    hidden: true,
    querySelectorAll: () =>
      this.fields.map((field) => Object.assign(field, { querySelector: () => field.input })),
    addEventListener: (_: string, listener: typeof this.submitted) => {
      this.#submit = listener;
    },
  };

  constructor(hash: string, answer: { status: number; body?: unknown } = { status: 204 }) {
    runInNewContext(ACCOUNT_SCRIPT, {
      location: { hash, pathname: '/account' },
      history: { replaceState: (_: null, __: string, to: string) => this.addresses.push(to) },
      document: {
        querySelector: (selector: string) =>
          ({ form: this.form, '#said': this.said, h1: this.heading })[selector],
      },
      FormData: function entries() {
        return page.fields
          .filter(({ input }) => !input.disabled)
          .map(({ input }) => [input.name, input.value]);
      },
      fetch: async (route: string, { body }: { body: string }) => {
        this.posted.push({ route, body: JSON.parse(body) });
        const { status } = answer;
        return { ok: status < 300, status, json: async () => answer.body };
      },
    });
    const page = this;
  }

  get submitted() {
    return this.#submit;
  }

  async submit(): Promise<void> {
    let prevented = false;
    await this.#submit?.({
      preventDefault: () => {
        prevented = true;
      },
    });
    await tick();
    expect(prevented).toBe(true);
  }
}

describe('the page behind the links in mails', () => {
  it.each([
    ['password-reset', '/password-resets/confirm', { password: 'my password' }],
    ['email-verification', '/email-verifications/confirm', {}],
    ['invitation', '/invitations/accept', { name: 'my name', password: 'my password' }],
  ])('takes the token of a %s out of the address and posts it', async (kind, route, fields) => {
    const page = new Page(`#${kind}=tenant.secret`);
    expect(page.addresses).toEqual(['/account']);
    expect(page.form.hidden).toBe(false);
    expect(page.posted).toEqual([]);
    await page.submit();
    expect(page.posted).toEqual([{ route, body: { token: 'tenant.secret', ...fields } }]);
    expect(page.form.hidden).toBe(true);
    expect(page.said.textContent).toMatch(/\.$/);
  });

  it.each(['', '#', '#invitation', '#invitation=', '#constructor=x', '#__proto__=x'])(
    'does nothing with %j',
    (hash) => {
      const page = new Page(hash);
      expect(page.form.hidden).toBe(true);
      expect(page.said.textContent).toBe('incomplete');
      expect(page.submitted).toBeUndefined();
    },
  );

  it('lets a weak password be corrected, and says when the link is void', async () => {
    const errors = [{ message: 'must have more characters' }];
    const weak = new Page('#password-reset=t.s', { status: 400, body: { title: 'No.', errors } });
    await weak.submit();
    expect(weak.said.textContent).toBe('No. must have more characters');
    expect(weak.form.hidden).toBe(false);
    const late = new Page('#password-reset=t.s', { status: 401, body: { title: 'Not valid.' } });
    await late.submit();
    expect(late.said.textContent).toBe('Not valid.');
    expect(late.form.hidden).toBe(true);
  });

  it('runs that script and no other, which talks to this server only', () => {
    let headers: Record<string, string> = {};
    const reply = { headers: (given: Record<string, string>) => (headers = given) };
    const body = new AccountPageController().show(reply as never);
    expect(body.match(/<script/g)).toHaveLength(1);
    const inline = /<script>([\s\S]*)<\/script>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(inline).digest('base64');
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers['referrer-policy']).toBe('no-referrer');
  });
});
