/** As much of the driver below slonik as `listen.ts` uses: slonik does not hand on what a connection hears. */
declare module "pg" {
  export class Client {
    constructor(options: {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password?: string | (() => Promise<string>);
      readonly ssl?: import("node:tls").ConnectionOptions;
      readonly application_name: string;
      readonly connectionTimeoutMillis: number;
      readonly query_timeout: number;
      readonly keepAlive: boolean;
    });
    connect(): Promise<void>;
    query(text: string): Promise<unknown>;
    on(event: "error" | "end", listener: () => void): this;
    on(event: "notification", listener: (message: { readonly payload?: string }) => void): this;
    unref(): void;
    end(): Promise<void>;
  }
}
