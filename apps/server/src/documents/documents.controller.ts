import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequirePermission } from 'ringfence/nest';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { BodyLimit } from '../edge/index.js';
import { answerChanged, answerCreated, answerRead } from '../http/answer.js';
import type { WantedVersions } from '../http/etag.js';
import { id as idSchema } from '../http/id.js';
import { IfMatch } from '../http/if-match.decorator.js';
import { Answers, Refuses, Revalidates } from '../openapi/index.js';
import { createDocument } from './create-document.js';
import { deleteDocument } from './delete-document.js';
import {
  type DocumentChange,
  type DocumentsQuery,
  documentChange,
  documentsQuery,
  type NewDocument,
  newDocument,
} from './document-schemas.js';
import { documentPageSchema, documentSchema, documentView } from './document-view.js';
import { getDocument } from './get-document.js';
import { listDocuments } from './list-documents.js';
import { updateDocument } from './update-document.js';

/** The longest document in JSON, every character escaped, and some room. */
const DOCUMENT_BYTES = 1024 * 1024;

@ApiTags('documents')
@ApiBearerAuth()
@Controller('documents')
export class DocumentsController {
  constructor(@Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma) {}

  @Get()
  @RequirePermission('document.read')
  @ApiOperation({ summary: 'List documents' })
  @Answers(200, { description: 'One page, the oldest first.', schema: documentPageSchema })
  list(@Query({ schema: documentsQuery }) query: DocumentsQuery) {
    return listDocuments(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('document.read')
  @ApiOperation({ summary: 'Read a document' })
  @Answers(200, { description: 'The document.', schema: documentSchema, headers: ['ETag'] })
  @Revalidates()
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerRead(reply, await getDocument(this.prisma, id), documentView);
  }

  @Post()
  @BodyLimit(DOCUMENT_BYTES)
  @RequirePermission('document.create')
  @ApiOperation({ summary: 'Create a document' })
  @Answers(201, {
    description: 'The new document.',
    schema: documentSchema,
    headers: ['ETag', 'Location'],
  })
  @Refuses('QUOTA_EXCEEDED', 'REFERENCE_NOT_FOUND')
  async create(
    @Body({ schema: newDocument }) input: NewDocument,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerCreated(
      reply,
      '/documents',
      await createDocument(this.prisma, input),
      documentView,
    );
  }

  @Patch(':id')
  @BodyLimit(DOCUMENT_BYTES)
  @RequirePermission('document.update')
  @ApiOperation({ summary: 'Change a document' })
  @Answers(200, { description: 'The changed document.', schema: documentSchema, headers: ['ETag'] })
  @Refuses('QUOTA_EXCEEDED', 'REFERENCE_NOT_FOUND')
  async update(
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
    @Body({ schema: documentChange }) fields: DocumentChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerChanged(
      reply,
      await updateDocument(this.prisma, id, wanted, fields),
      documentView,
    );
  }

  @Delete(':id')
  @RequirePermission('document.delete')
  @ApiOperation({ summary: 'Delete a document' })
  @Answers(204, { description: 'It is gone.' })
  delete(@Param('id', { schema: idSchema }) id: string, @IfMatch() wanted: WantedVersions) {
    return deleteDocument(this.prisma, id, wanted);
  }
}
