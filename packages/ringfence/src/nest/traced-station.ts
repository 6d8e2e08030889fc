import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { httpOf } from './request-state.js';

/** A guard that runs in a span of its own, where requests are traced; it keeps its name. */
export function tracedStation(
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: TypeScript asks this of classes that are extended.
  Guard: new (...args: any[]) => CanActivate,
): Type<CanActivate> {
  class Station extends Guard {
    override canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
      const { span } = httpOf(context).record;
      return span
        ? span.station(name, () => super.canActivate(context))
        : super.canActivate(context);
    }
  }
  return Object.defineProperty(Station, 'name', { value: Guard.name });
}
