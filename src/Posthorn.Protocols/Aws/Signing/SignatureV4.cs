using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Aws.Signing;

/// <summary>Signature Version 4: what is signed, with which key, and whether it fits.</summary>
public static class SignatureV4
{
    /// <summary>How far the caller's clock may be off.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromMinutes(15);

    private const string SignatureParameter = "X-Amz-Signature";

    /// <summary>The key of a day, region and service: the secret itself signs nothing.</summary>
    public static byte[] KeyOf(string secret, string scope)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }

    /// <summary>Checks a signature.</summary>
    /// <param name="request">The request.</param>
    /// <param name="claim">What it says of its signature.</param>
    /// <param name="key">The key of the claim's scope.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="AwsException">It does not fit, leaves out the host, or is too old or from the future.</exception>
    public static void Check(SignedRequest request, SignatureClaim claim, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        if (!claim.SignedHeaders.Contains("host") && !claim.SignedHeaders.Contains(":authority"))
            throw Mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        var expected = Sign(key, StringToSign(claim, CanonicalRequest(request, claim.SignedHeaders)));
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(claim.Signature)))
        {
            throw Mismatch(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
        }
        if (claim.Time > now + ClockSkewMax)
            throw Mismatch($"Signature not yet current: {claim.TimeText} is still later than {Text(now)} ({Text(now)} + 15 min.)");
        if (claim.Time + (claim.Expires ?? ClockSkewMax) < now)
            throw Mismatch($"Signature expired: {claim.TimeText} is now earlier than {Text(now - (claim.Expires ?? ClockSkewMax))}");
    }

    /// <summary>The signature of a text: 64 lower-case hexadecimal digits.</summary>
    public static string Sign(ReadOnlySpan<byte> key, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    /// <summary>The text that is signed.</summary>
    public static string StringToSign(SignatureClaim claim, string canonicalRequest) =>
        $"{SignatureClaim.Algorithm}\n{claim.TimeText}\n{claim.Scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)))}";

    /// <summary>The request in the one form that both sides make of it.</summary>
    public static string CanonicalRequest(SignedRequest request, IReadOnlyList<string> signedHeaders)
    {
        var text = new StringBuilder(512);
        text.Append(request.Method).Append('\n').Append(CanonicalPath(request.Path)).Append('\n').Append(CanonicalQuery(request.Query)).Append('\n');
        foreach (var name in signedHeaders)
            text.Append(name).Append(':').Append(Trimmed(request.Header(name))).Append('\n');
        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(request.BodyHash).ToString();
    }

    /// <summary>Without dots and double slashes, and encoded once more than it was sent: every service but S3 wants that.</summary>
    private static string CanonicalPath(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("" or "." or ".."))
                segments.Add(segment);
        }
        if (segments.Count == 0)
            return "/";
        // Clients send what they can unencoded; the encoded form of that is signed.
        var text = string.Concat(segments.Select(s => "/" + Encoded(s)));
        return path.EndsWith('/') ? text + "/" : text;
    }

    /// <summary>Sorted by encoded name, then by encoded value; a presigned request's signature is not part of itself.</summary>
    private static string CanonicalQuery(string query)
    {
        if (query.Length == 0)
            return "";
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Reencoded(equals < 0 ? pair : pair[..equals]);
            if (name != SignatureParameter)
                pairs.Add((name, equals < 0 ? "" : Reencoded(pair[(equals + 1)..])));
        }
        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(p => $"{p.Name}={p.Value}"));
    }

    private static string Reencoded(string text) => Encoded(Uri.UnescapeDataString(text));

    // Uri.EscapeDataString leaves exactly the unreserved characters of RFC 3986 as they are, and writes upper-case digits: what is asked for.
    private static string Encoded(string text) => Uri.EscapeDataString(text);

    /// <summary>Without white space at the ends, and with one space where there were several.</summary>
    private static string Trimmed(string? value)
    {
        if (value is null)
            return "";
        var trimmed = value.Trim(' ', '\t');
        return trimmed.Contains("  ", StringComparison.Ordinal) ? string.Join(' ', trimmed.Split(' ', StringSplitOptions.RemoveEmptyEntries)) : trimmed;
    }

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static AwsException Mismatch(string message) => new(AwsErrors.SignatureDoesNotMatch, message);
}
