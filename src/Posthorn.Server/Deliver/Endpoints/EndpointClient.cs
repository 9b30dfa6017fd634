using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>
/// Posts to other people's endpoints. Follows no redirects, speaks through no proxy; the address it connects to is looked at after the name was
/// resolved, so that no name hides a private one.
/// </summary>
/// <remarks>Diagnostics: whatever an endpoint or the way to it does is an answer; an exception is our own fault.</remarks>
internal sealed class EndpointClient(TimeProvider time, HttpMessageHandler handler) : IDisposable
{
    private readonly HttpClient _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Real connections.</summary>
    public static HttpMessageHandler Handler(bool allowsPrivate) => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a name that moves is followed
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, allowsPrivate, cancellationToken),
    };

    /// <summary>Posts, and tells what came of it.</summary>
    /// <exception cref="OperationCanceledException">Only by <paramref name="aborting"/>: it is not known what the endpoint did.</exception>
    public async Task<EndpointAnswer> PostAsync(EndpointPost post, CancellationToken aborting)
    {
        var begun = time.GetTimestamp();
        var answer = await AnswerAsync(post, aborting);
        return answer with { Took = time.GetElapsedTime(begun) };
    }

    public void Dispose() => _http.Dispose();

    private async Task<EndpointAnswer> AnswerAsync(EndpointPost post, CancellationToken aborting)
    {
        using var timer = new CancellationTokenSource(post.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, aborting);
        try
        {
            using var request = RequestOf(post, Taken);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            var excerpt = "";
            if (response.IsSuccessStatusCode && post.ReadAnswer is { } read)
            {
                await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
                await read(stream, linked.Token);
            }
            else
            {
                excerpt = await AnswerExcerpt.ReadAsync(response.Content, linked.Token);
            }
            return AnswerOf(response) with { Excerpt = excerpt };
        }
        catch (OperationCanceledException) when (!aborting.IsCancellationRequested)
        {
            return new EndpointAnswer(IsDone: false, IsTransient: true, "Timeout", $"no answer within {post.Timeout.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return e.GetBaseException() is PrivateEndpointException refused
                ? new EndpointAnswer(IsDone: false, IsTransient: false, EndpointAnswer.PrivateAddress, refused.Message)
                : new EndpointAnswer(IsDone: false, IsTransient: true, "ConnectFailed", e.GetBaseException().Message);
        }

        void Taken()
        {
            try
            {
                timer.CancelAfter(post.Timeout);
            }
            catch (ObjectDisposedException)
            {
                // It answered before it had taken all, and this is the rest.
            }
        }
    }

    private EndpointAnswer AnswerOf(HttpResponseMessage response)
    {
        var (status, isDone) = ((int)response.StatusCode, response.IsSuccessStatusCode);
        var phrase = string.IsNullOrEmpty(response.ReasonPhrase) ? "" : " " + response.ReasonPhrase;
        return new EndpointAnswer(isDone, !isDone && status is < 200 or 429 or >= 500, status.ToString(CultureInfo.InvariantCulture), $"{status}{phrase}")
        {
            Status = status,
            RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null,
            ContentType = response.Content.Headers.ContentType?.ToString(),
        };
    }

    private static HttpRequestMessage RequestOf(EndpointPost post, Action taken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, post.Url) { Content = new EndpointBody(post.Body, taken) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(post.ContentType);
        request.Headers.TryAddWithoutValidation("User-Agent", post.UserAgent);
        if (post.Url.UserInfo is { Length: > 0 } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        foreach (var (name, value) in post.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, bool allowsPrivate, CancellationToken cancellationToken)
    {
        // Not all addresses are names too: 0.0.0.0 is this machine, and no resolver takes it.
        var addresses = IPAddress.TryParse(context.DnsEndPoint.Host, out var address) ? [address] : await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = allowsPrivate ? addresses : Array.FindAll(addresses, PublicAddress.Is);
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
