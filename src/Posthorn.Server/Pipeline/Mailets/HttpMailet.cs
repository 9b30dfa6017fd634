using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>http</c>: posts the mail to a service and acts on its answer: 2xx goes on or does what its JSON says (<see cref="HttpAnswer"/>); any other status does what
/// <c>on-status</c> says of it; what nothing is said of, and no answer within the time, fails, so the rule's <c>on-error</c> decides.
/// </summary>
/// <remarks>The mail streams out as it is; of the answer at most 64 KiB are read. The service may get a mail again: <c>X-Posthorn-Id</c> tells that it is the same.</remarks>
internal sealed class HttpMailet(Uri url, TimeSpan timeout, IReadOnlyDictionary<string, Action<MailContext>> onStatus) : IMailet
{
    private const int AnswerBytesMax = 64 * 1024;
    private const string Example = "http: { url: \"http://127.0.0.1:8080/check\", timeout: 10s, on-status: { 404: continue, 403: { bounce: \"550 5.7.1 refused\" } } }";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromSeconds(100); // within a run's time

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(timeout, mail.Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            await using var stream = await mail.OpenAsync(either.Token);
            using var request = RequestFor(mail, stream);
            using var response = await mail.Services.Http.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode)
                await ActAsync(mail, await ReadAsync(response, either.Token), either.Token);
            else
                ActOn(mail, (int)response.StatusCode);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{url.Host} gave no answer within {Readable.Of(timeout)}");
        }
    }

    public static HttpMailet? Create(MailetBinding binding)
    {
        binding.LeadsAnywhere = true;
        if (binding.Value is ConfigNode.Scalar { Text.Length: > 0 } scalar)
            return Url(binding, scalar) is { } plain ? new HttpMailet(plain, s_timeout, new Dictionary<string, Action<MailContext>>()) : null;
        if (binding.Value is not ConfigNode.Map)
        {
            binding.Refuse($"takes a URL, or more, like: {Example}");
            return null;
        }

        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var at = reader.Items("url").FirstOrDefault();
        var timeout = reader.Duration("timeout", s_timeout, TimeSpan.FromMilliseconds(1), s_timeoutMax);
        var onStatus = reader.Node("on-status");
        reader.Close();
        if (at is null)
        {
            binding.Refuse($"needs a url, like: {Example}");
            return null;
        }

        return Url(binding, at) is { } url ? new HttpMailet(url, timeout, OnStatus(binding, onStatus)) : null;
    }

    private HttpRequestMessage RequestFor(MailContext mail, Stream stream)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StreamContent(stream) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("message/rfc822");
        request.Content.Headers.ContentLength = mail.Content.Length;
        request.Headers.TryAddWithoutValidation("X-Posthorn-Id", mail.Id.ToString());
        request.Headers.TryAddWithoutValidation("X-Posthorn-Sender", Escaped(mail.Sender));
        foreach (var recipient in mail.Recipients)
            request.Headers.TryAddWithoutValidation("X-Posthorn-Recipient", Escaped(recipient.Address));
        return request;
    }

    // Header fields of HTTP are ASCII: what is not (an SMTPUTF8 address) is percent-encoded.
    private static string Escaped(string address) =>
        address.All(c => c is > ' ' and < '\x7f' and not '%') ? address : Uri.EscapeDataString(address).Replace("%40", "@", StringComparison.Ordinal);

    private static async ValueTask<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[AnswerBytesMax + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > AnswerBytesMax)
            throw new HttpMailetException($"the answer is longer than {AnswerBytesMax} bytes");
        // Plain text, an "OK", is no instruction.
        if (length == 0 || response.Content.Headers.ContentType?.MediaType is not { } type || !type.EndsWith("json", StringComparison.OrdinalIgnoreCase))
            return new HttpAnswer();
        return JsonSerializer.Deserialize(bytes.AsSpan(0, length), HttpAnswerJson.Default.HttpAnswer) ?? new HttpAnswer();
    }

    private static async ValueTask ActAsync(MailContext mail, HttpAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Priority is { } priority)
            mail.Priority = Priority.Of(priority);
        foreach (var (name, value) in answer.Attributes ?? new Dictionary<string, string>())
        {
            if (name.StartsWith("mail.", StringComparison.Ordinal))
                throw new HttpMailetException($"the answer sets the attribute '{name}', which is the server's own");
            mail.SetAttribute(name, value);
        }

        if (answer.Headers is { Count: > 0 } headers)
        {
            await mail.EditHeaderAsync(
                editor =>
                {
                    foreach (var (name, value) in headers)
                        editor.Set(name, value);
                },
                cancellationToken);
        }

        switch (answer.Action)
        {
            case null or "" or "continue":
                break;
            case "reject":
                mail.Bounce(SmtpReply.TryParse(answer.Reply ?? "", out var reply) && reply.IsPermanent ? reply : new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), answer.Reply ?? "refused"));
                break;
            case "discard":
                mail.Discard();
                break;
            case "hold":
                mail.Hold(answer.Reason ?? "held by an HTTP service");
                break;
            case "to":
                mail.To(answer.Processor ?? throw new HttpMailetException("the answer's action is 'to', but it names no processor"));
                break;
            default:
                throw new HttpMailetException($"the answer's action '{answer.Action}' is unknown; there are continue, reject, discard, hold and to");
        }
    }

    private void ActOn(MailContext mail, int status)
    {
        var code = status.ToString(CultureInfo.InvariantCulture);
        if (!onStatus.TryGetValue(code, out var act) && !onStatus.TryGetValue($"{code[0]}xx", out act))
            throw new HttpMailetException($"{url.Host} answered {status}");
        act(mail);
    }

    private static Uri? Url(MailetBinding binding, ConfigNode.Scalar at)
    {
        if (Uri.TryCreate(at.Text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        binding.Refuse(at, $"'{at.Text}' is no URL; write one that begins with http:// or https://");
        return null;
    }

    private static Dictionary<string, Action<MailContext>> OnStatus(MailetBinding binding, ConfigNode? node)
    {
        var actions = new Dictionary<string, Action<MailContext>>(StringComparer.Ordinal);
        foreach (var entry in node is ConfigNode.Map map ? map.Entries : [])
        {
            var isCode = entry.Key.Length == 3 && entry.Key[0] is >= '3' and <= '5'
                && (entry.Key.EndsWith("xx", StringComparison.Ordinal) || entry.Key.All(char.IsAsciiDigit));
            if (!isCode)
                binding.Refuse(entry.Value, $"'{entry.Key}' is no status; write one like 404, or 4xx for a hundred of them");
            else if (ActionOf(binding, entry.Value) is { } action)
                actions[entry.Key] = action;
        }

        if (node is not (null or ConfigNode.Map))
            binding.Refuse(node, "takes statuses with what to do, like: { 404: continue, 5xx: retry }");
        return actions;
    }

    private static Action<MailContext>? ActionOf(MailetBinding binding, ConfigNode value)
    {
        switch (value)
        {
            case ConfigNode.Scalar { Text: "continue" }:
                return _ => { };
            case ConfigNode.Scalar { Text: "discard" }:
                return mail => mail.Discard();
            case ConfigNode.Scalar { Text: "hold" }:
                return mail => mail.Hold("held by an HTTP service");
            case ConfigNode.Scalar { Text: "retry" }:
                return _ => throw new HttpMailetException("the service asked to be tried again");
            case ConfigNode.Map { Entries: [{ Key: "to", Value: ConfigNode.Scalar to }] }:
                binding.Refer(to, to.Text);
                return mail => mail.To(to.Text);
            case ConfigNode.Map { Entries: [{ Key: "bounce", Value: ConfigNode.Scalar bounce }] }:
                return binding.Reply(bounce) is { } reply ? mail => mail.Bounce(reply) : null;
            default:
                binding.Refuse(value, "is written continue, discard, hold, retry, { to: processor } or { bounce: \"550 5.7.1 refused\" }");
                return null;
        }
    }
}
