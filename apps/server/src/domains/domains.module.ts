import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { DOMAIN_RECORDS, DomainRecords } from './domain-records.js';
import { DomainsController } from './domains.controller.js';

@Module({
  controllers: [DomainsController],
  providers: [
    {
      provide: DOMAIN_RECORDS,
      inject: [SERVER_CONFIG],
      useFactory: ({ DNS_SERVERS }: ServerConfig) => new DomainRecords(DNS_SERVERS),
    },
  ],
})
export class DomainsModule implements OnApplicationShutdown {
  constructor(@Inject(DOMAIN_RECORDS) private readonly records: DomainRecords) {}

  onApplicationShutdown(): void {
    this.records.cancel();
  }
}
