import { expect } from 'vitest';

/** A person of a tenant who uses the API, as any client would. */
export class Customer {
  private constructor(
    private readonly server: string,
    private readonly token: string,
  ) {}

  static async logIn(server: string, tenant: string, email: string): Promise<Customer> {
    const login = await fetch(`${server}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant, email, password: 'ringfence-demo' }),
    });
    expect(login.status).toBe(200);
    const { accessToken } = (await login.json()) as { accessToken: string };
    return new Customer(server, accessToken);
  }

  async status(address: string): Promise<number> {
    return (await this.#send('GET', address)).status;
  }

  async list<T = { id: string; title: string }>(resource: string): Promise<T[]> {
    const answer = await this.#send('GET', `/${resource}?limit=100`);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { items: T[] }).items;
  }

  async create(resource: string, body: object): Promise<{ id: string }> {
    const answer = await this.#send('POST', `/${resource}`, body);
    expect(answer.status).toBe(201);
    return (await answer.json()) as { id: string };
  }

  #send(method: string, address: string, body?: object): Promise<Response> {
    return fetch(this.server + address, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }
}
