import { type INestApplication, Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { buildDocument } from './build-document.js';

/** Holds the OpenAPI document of the running application, written once when it is created. */
@Injectable()
export class ApiDocument {
  #document: OpenAPIObject | undefined;

  /** Done by create-app.ts: the document needs the whole application. */
  write(app: INestApplication): void {
    this.#document = buildDocument(app);
  }

  get document(): OpenAPIObject {
    if (!this.#document) throw new Error('The OpenAPI document has not been written.');
    return this.#document;
  }
}
