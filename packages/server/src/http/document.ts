/** The OpenAPI document: from the schemas that validate, and from what a route says of the bytes and headers it reads itself. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

declare module "fastify" {
  interface FastifyContextConfig {
    /** For routes without a body schema, whose handler reads the stream. */
    readonly bytes?: {
      readonly mediaType: string;
      /** Request headers that matter, with their meaning. */
      readonly headers?: Readonly<Record<string, string>>;
    };
  }
}

export async function registerDocument(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Sampan",
        version,
        description:
          "A resumable, verified upload engine. Errors are problem+json with stable codes.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform(route) {
      const { schema, url } = jsonSchemaTransform(route);
      const bytes = route.route.config?.bytes;
      if (!bytes) return { schema, url };
      const headers = Object.entries(bytes.headers ?? {}).map(([name, description]) => [
        name,
        { type: "string", description },
      ]);
      return {
        url,
        schema: {
          ...schema,
          consumes: [bytes.mediaType],
          body: { type: "string", format: "binary" },
          headers: { type: "object", properties: Object.fromEntries(headers) as object },
        },
      };
    },
    transformObject: jsonSchemaTransformObject,
  });
  app.get("/api/v1/openapi.json", { config: { access: "public" }, schema: { hide: true } }, () =>
    app.swagger(),
  );
}
