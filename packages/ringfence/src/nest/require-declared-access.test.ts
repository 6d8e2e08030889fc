import { Controller, Get, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AnyMember } from './any-member.decorator.js';
import { startApp } from './test-app.fixture.js';

@Controller('notes')
class SilentController {
  @AnyMember('test')
  @Get()
  list(): string {
    return 'list';
  }

  @Post(':id/copies')
  copy(): string {
    return 'copy';
  }
}

@AnyMember('test')
@Controller('pages')
class SpeakingController {
  @Get(['one', 'two'])
  list(): string {
    return 'list';
  }
}

describe('an application', () => {
  it('does not start with a route that does not say who may use it', async () => {
    await expect(startApp([SilentController, SpeakingController])).rejects.toMatchObject({
      code: 'ROUTE_ACCESS_UNDECLARED',
      detail: expect.stringMatching(/: POST \/notes\/\{id\}\/copies \(SilentController\.copy\)\.$/),
    });
  });

  it('starts when the class has said it', async () => {
    const { app } = await startApp([SpeakingController]);
    expect((await app.inject('/pages/two')).statusCode).toBe(401);
    await app.close();
  });
});
