using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Posthorn.Client.Contracts;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>The OpenAPI document, written when it is asked for and not before.</summary>
internal static class ApiDocument
{
    public const string Name = "v1";

    public static void Add(IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Describe(schema, context.JsonTypeInfo);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(AddProblemAsync);
        options.AddOperationTransformer(AddRawBodyAsync);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Posthorn",
                Version = Name,
                Description = "Queues, messages and mail of a Posthorn server. Times are ISO 8601 in UTC, durations seconds (in requests also \"2h30m\"), "
                    + "sizes bytes. A queue's name in a path is percent-encoded: spool%2Foutgoing. Errors are problems (RFC 9457) with a code for programs.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "name:password" },
                ["basic"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic" },
            };
            document.Security = [.. document.Components.SecuritySchemes.Keys.Select(
                scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })];
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (type.Type != typeof(TimeSpan) && type.Type != typeof(TimeSpan?))
            return;
        schema.Type = type.Type == typeof(TimeSpan?) ? JsonSchemaType.Number | JsonSchemaType.Null : JsonSchemaType.Number;
        schema.Format = null;
        schema.Pattern = null;
        schema.Description ??= "Seconds.";
    }

    private static Task AddRawBodyAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RawBody>().FirstOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [body.ContentType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } },
                },
            };
        }
        return Task.CompletedTask;
    }

    private static async Task AddProblemAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A problem (RFC 9457).",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken) },
            },
        };
    }
}
