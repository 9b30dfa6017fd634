using Microsoft.AspNetCore.Http;
using Posthorn.Client.Contracts;
using Posthorn.Messages;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>
/// What the header fields of a send say: <c>Posthorn-Priority</c>, <c>Posthorn-Delay</c>, <c>Posthorn-Group</c>, <c>Posthorn-Attribute-…</c> (or
/// <c>X-Attribute-…</c>). What is put has its content type for an attribute, too.
/// Values are percent-decoded, because a field can hold visible ASCII only.
/// </summary>
internal sealed record SendHeaders
{
    private const string AttributePrefix = "Posthorn-Attribute-";
    private const string OtherAttributePrefix = "X-Attribute-";
    private const string ContentTypeAttribute = "content-type";

    /// <summary>Most attributes of one message.</summary>
    private const int AttributesMax = 64;

    private const int GroupLengthMax = 255;

    public Priority Priority { get; private init; }

    public TimeSpan? Delay { get; private init; }

    public string? Group { get; private init; }

    public IReadOnlyDictionary<string, AttributeValue> Attributes { get; private init; } = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);

    /// <exception cref="ProblemException">A value is none, or there is too much of it.</exception>
    public static SendHeaders Of(HttpRequest request)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var (name, values) in request.Headers)
        {
            var prefix = name.StartsWith(OtherAttributePrefix, StringComparison.OrdinalIgnoreCase) ? OtherAttributePrefix : AttributePrefix;
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && name.Length > prefix.Length)
                attributes[name[prefix.Length..]] = Uri.UnescapeDataString(values.ToString());
        }
        // A POST's is often none of the caller's own: many programs put one on whatever they send.
        if (HttpMethods.IsPut(request.Method) && request.ContentType is { Length: > 0 } type)
            attributes.TryAdd(ContentTypeAttribute, type);
        if (attributes.Count > AttributesMax)
            throw Problems.BadRequest($"{AttributePrefix}…: at most {AttributesMax} attributes.");
        var group = Text(request, "Posthorn-Group");
        if (group is { Length: 0 or > GroupLengthMax })
            throw Problems.BadRequest($"Posthorn-Group: 1 to {GroupLengthMax} characters.");
        return new SendHeaders
        {
            Priority = ToPriority(Text(request, "Posthorn-Priority"), "Posthorn-Priority"),
            Delay = Text(request, "Posthorn-Delay") is not { } delay ? null
                : DurationText.TryParse(delay, out var duration) ? duration
                : throw Problems.BadRequest($"Posthorn-Delay: '{delay}' is no duration; write seconds, or 90s, 2h30m, 5d."),
            Group = group,
            Attributes = attributes,
        };
    }

    public static Priority ToPriority(string? text, string name) =>
        text is null ? Priority.Normal
        : text is [>= '0' and <= '9'] ? Priority.Of(text[0] - '0')
        : throw Problems.BadRequest($"{name}: 0 to 9.");

    private static string? Text(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? Uri.UnescapeDataString(values.ToString()) : null;
}
