using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Aws.Signing;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Tells who sent a request: with accounts by its signature, without them by whatever key it names.</summary>
internal sealed class AwsSignatures(IAccounts accounts, IAccessKeys keys, TimeProvider time)
{
    /// <summary>Most derived keys kept: one an account, day and region. Beyond it they are derived anew.</summary>
    private const int KeysMax = 1_000;

    /// <summary>The account of a request that names none.</summary>
    private const string Nobody = "anonymous";

    private readonly ConcurrentDictionary<(string AccessKey, string Scope), byte[]> _keys = new();

    /// <param name="http">The request.</param>
    /// <param name="body">Its body as it came.</param>
    /// <exception cref="AwsException">It is not signed, or not by whom it says.</exception>
    public AwsCaller Identify(HttpContext http, ReadOnlySpan<byte> body)
    {
        var request = RequestOf(http, accounts.IsOpen ? "" : Convert.ToHexStringLower(SHA256.HashData(body)));
        if (accounts.IsOpen)
        {
            RefuseOtherSites(http);
            var (named, region) = SignatureClaim.Peek(request);
            return new AwsCaller(new Account(named ?? Nobody, IsAdmin: true), region ?? AwsCaller.DefaultRegion);
        }
        if (!SignatureClaim.TryRead(request, out var claim))
            throw new AwsException(AwsErrors.MissingAuthenticationToken, "Request is missing Authentication Token");
        if (keys.FindKey(claim.AccessKey) is not { } key)
            throw new AwsException(AwsErrors.InvalidClientTokenId, "The security token included in the request is invalid.");
        SignatureV4.Check(request, claim, KeyOf(claim, key.Secret), time.GetUtcNow());
        return new AwsCaller(key.Account, claim.Region);
    }

    private byte[] KeyOf(SignatureClaim claim, string secret)
    {
        if (_keys.TryGetValue((claim.AccessKey, claim.Scope), out var key))
            return key;
        if (_keys.Count >= KeysMax)
            _keys.Clear();
        return _keys[(claim.AccessKey, claim.Scope)] = SignatureV4.KeyOf(secret, claim.Scope);
    }

    private static SignedRequest RequestOf(HttpContext http, string bodyHash)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return new SignedRequest(
            http.Request.Method,
            question < 0 ? target : target[..question],
            question < 0 ? "" : target[(question + 1)..],
            name => http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null,
            bodyHash);
    }

    /// <summary>
    /// Without accounts the loopback address is the only fence, and any web page the operator has open can send forms to it: under our own name
    /// from another origin (forgery), or under a name of its own that resolves to us (DNS rebinding).
    /// </summary>
    private static void RefuseOtherSites(HttpContext http)
    {
        var host = http.Request.Host.Host;
        var isOurs = host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
        if (!isOurs)
            throw new AwsException(AwsErrors.AccessDenied, $"Without accounts requests are taken under loopback names only, and '{host}' is none.");
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"{http.Request.Scheme}://{http.Request.Host}", StringComparison.OrdinalIgnoreCase))
            throw new AwsException(AwsErrors.AccessDenied, $"Without accounts no requests are taken from other sites, such as '{origin}'.");
        // An image or a link of a page is a GET without an origin, and here a GET can do anything; but browsers say that it comes from elsewhere.
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            throw new AwsException(AwsErrors.AccessDenied, "Without accounts no requests are taken from other sites.");
    }
}
