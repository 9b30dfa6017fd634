using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>
    /// The messages of a queue as they come. Settle each by its handle (<see cref="AckAsync"/>, <see cref="ReleaseAsync"/>); the server renews the leases
    /// meanwhile, and gives back at once what is not settled when the enumeration is left.
    /// </summary>
    /// <exception cref="PosthornNotFoundException">There is no such queue, or it was deleted.</exception>
    /// <exception cref="PosthornUnavailableException">The server ended the stream or cannot be reached: nothing is lost, begin another one.</exception>
    public async IAsyncEnumerable<ReceivedMessage> StreamAsync(
        string queue, StreamOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new StreamOptions();
        var path = Queue(queue) + "/stream" + new QueryText()
            .Add("prefetch", options.Prefetch).Add("visibility", options.Visibility).Add("renewFor", options.RenewFor).Add("group", options.Group)
            .Add("ack", options.AcksItself ? "auto" : null);
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = content.ConfigureAwait(false);
        var events = SseParser.Create(content, Read).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var ending = events.ConfigureAwait(false);
        while (true)
        {
            if (await NextAsync(events).ConfigureAwait(false) is { } message)
                yield return message;
        }
    }

    /// <summary>The next event's message; null when it has none.</summary>
    private async ValueTask<ReceivedMessage?> NextAsync(IAsyncEnumerator<SseItem<ReceivedMessage?>> events)
    {
        try
        {
            if (await events.MoveNextAsync().ConfigureAwait(false))
                return events.Current.Data;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new PosthornUnavailableException($"The stream from {_http.BaseAddress} broke: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new PosthornException(null, "no-posthorn", $"The stream of {_http.BaseAddress} is not that of a Posthorn server of this version: {e.Message}", e);
        }
        throw new PosthornUnavailableException($"{_http.BaseAddress} ended the stream.");
    }

    private static ReceivedMessage? Read(string type, ReadOnlySpan<byte> data) => type switch
    {
        "message" => JsonSerializer.Deserialize(data, PosthornJson.Default.StreamedMessage)?.ToReceived(),
        "problem" => throw ExceptionOf(JsonSerializer.Deserialize(data, PosthornJson.Default.Problem) ?? throw new JsonException("The problem is empty.")),
        _ => null, // that a lease ended, its settling tells too
    };
}
