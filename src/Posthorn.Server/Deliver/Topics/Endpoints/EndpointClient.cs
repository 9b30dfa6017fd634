using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.Server.Deliver.Topics.Endpoints;

/// <summary>Posts to subscribers' endpoints. Follows no redirects; the address it connects to is looked at after the name was resolved, so that no name hides a private one.</summary>
internal sealed class EndpointClient : IDisposable
{
    /// <summary>How long an endpoint may take; Amazon's.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly bool _allowsPrivate;

    public EndpointClient(TimeProvider time, bool allowsPrivate)
    {
        (_time, _allowsPrivate) = (time, allowsPrivate);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a name that moves is followed
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts, and tells what came of it.</summary>
    /// <exception cref="OperationCanceledException">The server stops.</exception>
    public async Task<EndpointAnswer> PostAsync(string url, byte[] body, string contentType, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(s_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        try
        {
            using var request = RequestOf(url, body, contentType, headers);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            var status = (int)response.StatusCode;
            var isDone = response.IsSuccessStatusCode;
            return new EndpointAnswer(isDone, !isDone && status is < 200 or 429 or >= 500, status.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{status} {response.ReasonPhrase}");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new EndpointAnswer(IsDone: false, IsTransient: true, "Timeout", $"no answer within {s_timeout.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return e.GetBaseException() is PrivateEndpointException refused
                ? new EndpointAnswer(IsDone: false, IsTransient: false, "PrivateAddress", refused.Message)
                : new EndpointAnswer(IsDone: false, IsTransient: true, "ConnectFailed", e.GetBaseException().Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage RequestOf(string url, byte[] body, string contentType, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TryAddWithoutValidation("User-Agent", "Amazon Simple Notification Service Agent");
        if (request.RequestUri!.UserInfo is { Length: > 0 } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = _allowsPrivate ? addresses : Array.FindAll(addresses, PublicAddress.Is);
        if (allowed.Length == 0 && addresses.Length > 0)
            throw new PrivateEndpointException(context.DnsEndPoint.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
