using System.Text.Json;
using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts;

/// <summary>Writes an enum as kebab-case text: <c>waiting</c>, <c>dead-lettered</c>.</summary>
public sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
