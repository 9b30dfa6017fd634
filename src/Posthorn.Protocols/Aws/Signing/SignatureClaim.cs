using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Posthorn.Protocols.Aws.Signing;

/// <summary>What a request says of its own signature (Signature Version 4), in its Authorization field or in its query string (presigned).</summary>
public sealed record SignatureClaim
{
    /// <summary>The only algorithm taken.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private SignatureClaim()
    {
    }

    /// <summary>Who says to have signed.</summary>
    public required string AccessKey { get; init; }

    /// <summary>Date, region, service and <c>aws4_request</c>, by slashes.</summary>
    public required string Scope { get; init; }

    /// <summary>The region of the scope.</summary>
    public string Region => Scope.Split('/')[1];

    /// <summary>The service of the scope.</summary>
    public string Service => Scope.Split('/')[2];

    /// <summary>The day of the scope: eight digits.</summary>
    public string Date => Scope.Split('/')[0];

    /// <summary>The names of the header fields that are signed, lower-case and in order.</summary>
    public required IReadOnlyList<string> SignedHeaders { get; init; }

    /// <summary>64 hexadecimal digits.</summary>
    public required string Signature { get; init; }

    /// <summary>When it was signed, as it was written.</summary>
    public required string TimeText { get; init; }

    /// <summary>When it was signed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>For how long a presigned request is good; null when the signature stands in the header.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>Reads the claim of a request.</summary>
    /// <returns>False when the request says nothing of a signature.</returns>
    /// <exception cref="AwsException">A part of it is missing or malformed.</exception>
    public static bool TryRead(SignedRequest request, [NotNullWhen(true)] out SignatureClaim? claim)
    {
        claim = null;
        if (request.Header("authorization") is { } field && field.StartsWith(Algorithm, StringComparison.Ordinal))
            claim = OfHeader(request, field[Algorithm.Length..]);
        else if (QueryParameter(request.Query, "X-Amz-Algorithm") is { } algorithm)
            claim = OfQuery(request, algorithm);
        return claim is not null;
    }

    /// <summary>The access key and the region that a request names, without a look at anything else; null where it names none.</summary>
    public static (string? AccessKey, string? Region) Peek(SignedRequest request)
    {
        var credential = request.Header("authorization") is { } field && field.IndexOf("Credential=", StringComparison.Ordinal) is >= 0 and var at
            ? field[(at + "Credential=".Length)..].Split(',', ' ')[0]
            : QueryParameter(request.Query, "X-Amz-Credential");
        return credential?.Split('/') is [{ Length: > 0 } key, _, { Length: > 0 } region, ..] ? (key, region) : (null, null);
    }

    /// <summary>The service that an Authorization field is signed for; null where it says none.</summary>
    public static string? PeekService(string authorization) =>
        authorization.IndexOf("Credential=", StringComparison.Ordinal) is >= 0 and var at && authorization[at..].Split(',', ' ')[0].Split('/') is [_, _, _, var service, ..] ? service : null;

    /// <summary>A parameter of a query string, decoded; null when it is not there.</summary>
    public static string? QueryParameter(string query, string name)
    {
        foreach (var pair in query.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && pair.AsSpan(0, equals).SequenceEqual(name))
                return Uri.UnescapeDataString(pair[(equals + 1)..]);
        }
        return null;
    }

    private static SignatureClaim OfHeader(SignedRequest request, string parts)
    {
        string? credential = null, headers = null, signature = null;
        foreach (var part in parts.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (part.Split('=', 2))
            {
                case ["Credential", var value]: credential = value; break;
                case ["SignedHeaders", var value]: headers = value; break;
                case ["Signature", var value]: signature = value; break;
            }
        }
        var time = request.Header("x-amz-date") ?? TimeOfDate(request.Header("date"));
        return Of("Authorization header requires '{0}' parameter.", credential, headers, signature, time, expires: null);
    }

    private static SignatureClaim OfQuery(SignedRequest request, string algorithm)
    {
        if (algorithm != Algorithm)
            throw Incomplete($"Unsupported algorithm '{algorithm}'.");
        string? Value(string name) => QueryParameter(request.Query, name);
        var expires = Value("X-Amz-Expires");
        if (!int.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 604_800)
            throw Incomplete("X-Amz-Expires must be a number between 1 and 604800.");
        return Of("Query string requires '{0}' parameter.", Value("X-Amz-Credential"), Value("X-Amz-SignedHeaders"), Value("X-Amz-Signature"), Value("X-Amz-Date"), TimeSpan.FromSeconds(seconds));
    }

    private static SignatureClaim Of(string wanting, string? credential, string? headers, string? signature, string? time, TimeSpan? expires)
    {
        string Need(string? value, string name) => value is { Length: > 0 } ? value : throw Incomplete(string.Format(CultureInfo.InvariantCulture, wanting, name));
        var scope = Need(credential, "Credential").Split('/', 2);
        if (scope is not [{ Length: > 0 }, var rest] || rest.Split('/') is not [{ Length: 8 } date, { Length: > 0 }, { Length: > 0 }, "aws4_request"])
            throw Incomplete("Credential must have access key, date, region, service and 'aws4_request', separated by slashes.");
        if (!DateTimeOffset.TryParseExact(Need(time, "X-Amz-Date"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            throw Incomplete("Date must be in ISO 8601 basic format, yyyyMMddTHHmmssZ.");
        if (!time!.StartsWith(date, StringComparison.Ordinal))
            throw new AwsException(AwsErrors.SignatureDoesNotMatch, "Date in Credential scope does not match the request's date.");
        return new SignatureClaim
        {
            AccessKey = scope[0],
            Scope = rest,
            SignedHeaders = Need(headers, "SignedHeaders").Split(';'),
            Signature = Need(signature, "Signature"),
            TimeText = time,
            Time = at,
            Expires = expires,
        };
    }

    private static string? TimeOfDate(string? date) =>
        DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture) : null;

    private static AwsException Incomplete(string message) => new(AwsErrors.IncompleteSignature, message);
}
