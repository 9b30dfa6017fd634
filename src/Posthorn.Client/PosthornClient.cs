using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Client.Contracts;

namespace Posthorn.Client;

/// <summary>Talks to a Posthorn server's HTTP API. Safe for any number of callers.</summary>
/// <remarks>
/// Every call may throw a <see cref="PosthornException"/>: <see cref="PosthornNotFoundException"/>, <see cref="PosthornRefusedException"/>,
/// <see cref="PosthornUnavailableException"/>, or itself for a request the server does not understand.
/// Nothing is retried: give an idempotency key where a call is to be made again.
/// </remarks>
public sealed partial class PosthornClient
{
    private readonly HttpClient _http;

    /// <summary>A client over <paramref name="http"/>, whose base address is the server's and whose default headers carry the authorization.</summary>
    /// <exception cref="ArgumentException">The base address is missing.</exception>
    public PosthornClient(HttpClient http)
    {
        if (http.BaseAddress is null)
            throw new ArgumentException("The HttpClient needs a BaseAddress: the server's.", nameof(http));
        _http = http;
    }

    /// <summary>The server's address.</summary>
    public Uri Server => _http.BaseAddress!;

    /// <summary>A client of its own for a server, with an account's token or null.</summary>
    public static PosthornClient Connect(Uri server, string? token = null)
    {
        // No time-out of the client's own: receives and task waits are long polls, uploads take what they take.
        var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrEmpty(token))
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new PosthornClient(http);
    }

    /// <summary>How the server is.</summary>
    public Task<ServerInfo> GetServerAsync(CancellationToken cancellationToken = default) =>
        GetAsync("v1/server", PosthornJson.Default.ServerInfo, cancellationToken);

    private static string Escape(string segment) => Uri.EscapeDataString(segment);

    private static string Queue(string name) => "v1/queues/" + Escape(name);

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancellationToken);

    private Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path), type, cancellationToken);

    private Task<T> SendAsync<TBody, T>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, bodyType) }, type, cancellationToken);

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw new JsonException("The answer is empty.");
        }
        catch (JsonException e)
        {
            throw new PosthornException(response.StatusCode, "no-posthorn", $"The answer of {_http.BaseAddress} is not that of a Posthorn server of this version: {e.Message}", e);
        }
    }

    private async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends; throws unless the answer is a success. The answer's content is still to be read.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            HttpResponseMessage response;
            try
            {
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException e)
            {
                throw new PosthornUnavailableException($"No answer from {_http.BaseAddress}: {e.Message}", e);
            }
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                throw await ExceptionAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<PosthornException> ExceptionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Problem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                problem = await response.Content.ReadFromJsonAsync(PosthornJson.Default.Problem, cancellationToken).ConfigureAwait(false);
            }
            catch (JsonException)
            {
                // Not one of ours: the status alone has to tell.
            }
        }
        var code = problem?.Code ?? "http-" + (int)response.StatusCode;
        var text = problem?.Detail ?? problem?.Title ?? $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        return ExceptionOf(response.StatusCode, code, text);
    }

    private static PosthornException ExceptionOf(Problem problem) => ExceptionOf((HttpStatusCode)problem.Status, problem.Code, problem.Detail ?? problem.Title);

    private static PosthornException ExceptionOf(HttpStatusCode status, string code, string text) =>
        status switch
        {
            HttpStatusCode.NotFound => new PosthornNotFoundException(code, text),
            HttpStatusCode.ServiceUnavailable => new PosthornUnavailableException(text),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.Conflict or HttpStatusCode.Gone
                or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.TooManyRequests or HttpStatusCode.InsufficientStorage
                => new PosthornRefusedException(status, code, text),
            _ => new PosthornException(status, code, text),
        };
}
