using System.Text;
using Posthorn.Protocols.Aws.Signing;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Which service a request is for. One address serves both, so the request has to tell.</summary>
internal static class ServiceChoice
{
    private const string TopicsVersion = "2010-03-31";

    /// <summary>
    /// Whether it is for SNS: by the version of the protocol; without one by its action; an action that both have by the service it is signed for, or by
    /// the topic it names.
    /// </summary>
    public static bool IsOfTopics(AwsRequest request)
    {
        if (request.IsJson)
            return false;
        ReadOnlySpan<byte> query = Encoding.UTF8.GetBytes(request.Http.Request.QueryString.Value?.TrimStart('?') ?? "");
        ReadOnlySpan<byte> form = request.Body.Written.Span;
        if (ValueOf("Version"u8, query, form) is { Length: > 0 } version)
            return version == TopicsVersion;
        if (ValueOf("Action"u8, query, form) is not { } action || !SnsActions.TryFind(action, out _))
            return false;
        if (!SqsActions.TryFind(action, out _))
            return true;
        var signedFor = SignatureClaim.PeekService(request.Http.Request.Headers.Authorization.ToString());
        return signedFor == "sns" || (signedFor is null && ValueOf("TopicArn"u8, query, form) is not null);
    }

    /// <summary>A parameter as it stands: those looked for have nothing in them that would be encoded. Null when it is not there.</summary>
    private static string? ValueOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> query, ReadOnlySpan<byte> form) => ValueOf(name, query) ?? ValueOf(name, form);

    private static string? ValueOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> pairs)
    {
        while (!pairs.IsEmpty)
        {
            var end = pairs.IndexOf((byte)'&');
            var pair = end < 0 ? pairs : pairs[..end];
            pairs = end < 0 ? default : pairs[(end + 1)..];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name))
                return Encoding.UTF8.GetString(pair[(name.Length + 1)..]);
        }
        return null;
    }
}
