import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { html, htmlPage, PAGE_HEADERS } from './html.js';

describe('html', () => {
  it('escapes what is put in', () => {
    const attack = `<script>alert("1")</script>'&`;
    expect(html`<p title="${attack}">${attack}</p>`.text).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;">' +
        '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;</p>',
    );
  });

  it('keeps HTML inside HTML, and lists of it', () => {
    expect(html`<ul>${['a', '<b>'].map((item) => html`<li>${item}</li>`)}</ul>`.text).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
    );
  });

  it('writes nothing for nothing', () => {
    expect(html`a${undefined}b`.text).toBe('ab');
  });
});

describe('a page', () => {
  it('holds exactly the style that its policy allows', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(htmlPage('t', html`x`))?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(PAGE_HEADERS['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  });
});
