import type { IncomingMessage } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isRingfenceError, RingfenceError } from 'ringfence/errors';
import { TENANCY_OPTIONS, type TenancyOptions } from 'ringfence/nest';
import { catchError, from, type Observable, switchMap } from 'rxjs';
import { SERVER_CONFIG, type ServerConfig } from '../../config.js';
import { isHttps } from '../is-https.js';
import { answersTenant } from '../origins/answer-tenant.js';
import { mayRead, type Origin, OriginRules } from '../origins/origin-rules.js';
import { checkSameSite } from './same-site.js';
import {
  type CookieRules,
  readSessionCookies,
  type SessionCookie,
  sessionCookieLine,
} from './session-cookies.js';
import { TAKES_TOKEN } from './takes-token.js';

/** Asks for cookie mode. A page of another site cannot send it unasked. */
export const SESSION_HEADER = 'ringfence-session';

/** What tokens look like in an answer. */
interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A refresh token that is none: the route answers as it does for any that is not good. */
const NO_TOKEN = 'none';

/**
 * Keeps the refresh token of a browser out of reach of its scripts: with `Ringfence-Session: cookie` it
 * travels in a cookie that no script reads, and never in a body. The routes themselves know only bodies:
 * this puts the cookie's token into the body on the way in, and takes it out on the way back.
 */
@Injectable()
export class SessionCookieInterceptor implements NestInterceptor {
  readonly #cookies: CookieRules;

  constructor(
    @Inject(SERVER_CONFIG) config: ServerConfig,
    @Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions,
    @Inject(OriginRules) private readonly origins: OriginRules,
  ) {
    this.#cookies = { https: isHttps(config), days: config.REFRESH_TOKEN_DAYS };
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const mode = request.headers[SESSION_HEADER];
    if (mode === undefined) {
      return next.handle().pipe(switchMap((answer) => from(this.#note(request.raw, answer))));
    }
    if (mode !== 'cookie') throw invalid(`/${SESSION_HEADER}`, 'must be cookie');
    const origin = await checkSameSite(this.origins, request.raw, this.#cookies.https);
    const held = takesToken(context) ? this.#takeToken(request, origin) : undefined;
    return next.handle().pipe(
      switchMap((answer) => from(this.#keep(request.raw, reply, origin, held, answer))),
      catchError((error: unknown) => {
        if (held && isRingfenceError(error, 'REFRESH_TOKEN_INVALID')) this.#drop(reply, held.slug);
        throw error;
      }),
    );
  }

  /** Tells whose tokens an answer holds, so that no page of another tenant may read it. */
  async #note(raw: IncomingMessage, answer: unknown): Promise<unknown> {
    if (holdsTokens(answer)) {
      answersTenant(raw, await this.options.verifier.verify(answer.accessToken));
    }
    return answer;
  }

  async #keep(
    raw: IncomingMessage,
    reply: FastifyReply,
    origin: Origin | undefined,
    held: SessionCookie | undefined,
    answer: unknown,
  ): Promise<unknown> {
    if (!holdsTokens(answer)) {
      // Logged out.
      if (held) this.#drop(reply, held.slug);
      return answer;
    }
    const token = await this.options.verifier.verify(answer.accessToken);
    answersTenant(raw, token);
    if (origin && !mayRead(origin, token)) throw new RingfenceError('TENANT_SOURCES_DISAGREE');
    const { refreshToken, ...rest } = answer;
    const { tenantSlug } = token;
    if (tenantSlug === undefined) throw new RingfenceError('INTERNAL');
    reply.header('set-cookie', sessionCookieLine(this.#cookies, tenantSlug, refreshToken));
    return rest;
  }

  #takeToken(request: FastifyRequest, origin: Origin | undefined): SessionCookie | undefined {
    const body = (request.body ?? {}) as Record<string, unknown>;
    if ('refreshToken' in body) throw invalid('/refreshToken', 'must not stand beside the cookie');
    const held = this.#choose(request, origin);
    request.body = { ...body, refreshToken: held?.token ?? NO_TOKEN };
    return held;
  }

  /** The tenant is named by the page or by X-Tenant; a single cookie needs no name. */
  #choose(request: FastifyRequest, origin: Origin | undefined): SessionCookie | undefined {
    const cookies = readSessionCookies(request.raw, this.#cookies);
    const named = request.headers['x-tenant']?.toString().toLowerCase();
    const wanted = origin?.kind === 'tenant' ? origin.name : named;
    if (wanted !== undefined) {
      if (named !== undefined && named !== wanted) {
        throw new RingfenceError('TENANT_SOURCES_DISAGREE');
      }
      return cookies.find(({ slug }) => slug === wanted);
    }
    if (cookies.length > 1) throw invalid('/x-tenant', 'must name one of the tenants logged in to');
    return cookies[0];
  }

  #drop(reply: FastifyReply, slug: string): void {
    reply.header('set-cookie', sessionCookieLine(this.#cookies, slug, undefined));
  }
}

function takesToken(context: ExecutionContext): boolean {
  return Reflect.getMetadata(TAKES_TOKEN, context.getHandler()) === true;
}

function holdsTokens(answer: unknown): answer is Tokens {
  const { accessToken, refreshToken } = (answer ?? {}) as Partial<Record<keyof Tokens, unknown>>;
  return typeof accessToken === 'string' && typeof refreshToken === 'string';
}

function invalid(pointer: string, message: string): RingfenceError {
  return new RingfenceError('VALIDATION_FAILED', { errors: [{ pointer, message }] });
}
