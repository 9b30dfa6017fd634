using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Pipeline.Matchers;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>Its bytes: read when a rule needs them, once for all branches that still have the same.</content>
public sealed partial class MailContext
{
    /// <summary>Most bytes of a header that are looked at: as many as fit in front of a body when the header is changed.</summary>
    internal const int HeaderBytesMax = Content.PrefixBytesMax;

    // Trace lines, a signature and Return-Path must still fit in front of it.
    private const int EditedHeaderBytesMax = Content.PrefixBytesMax - (16 * 1024);

    private ReadMail? _read;
    private Dictionary<UserMatcher, IReadOnlySet<string>>? _answers;
    private UserMatcher? _asked;

    /// <summary>Opens it for reading from its first byte; the caller closes the stream.</summary>
    public ValueTask<Stream> OpenAsync(CancellationToken cancellationToken) => Services.Engine.OpenAsync(Content, cancellationToken);

    /// <summary>Its header.</summary>
    public async ValueTask<HeaderBlock> HeaderAsync(CancellationToken cancellationToken)
    {
        if (Read.Header is { } header)
            return header;
        await using var stream = await OpenAsync(cancellationToken);
        return Read.Header = await HeaderBlock.ReadAsync(stream, HeaderBytesMax, cancellationToken);
    }

    /// <summary>Its parts. Reads all of the mail, in slices.</summary>
    public async ValueTask<MimePart> PartsAsync(CancellationToken cancellationToken)
    {
        if (Read.Parts is { } parts)
            return parts;
        await using var stream = await OpenAsync(cancellationToken);
        return Read.Parts = await MimeReader.ReadAsync(stream, MimeLimits.Default, cancellationToken);
    }

    /// <summary>Changes its header. The body is not copied.</summary>
    public async ValueTask EditHeaderAsync(Action<HeaderEditor> edit, CancellationToken cancellationToken)
    {
        var header = await HeaderAsync(cancellationToken);
        var editor = new HeaderEditor(header);
        edit(editor);
        if (editor.IsChanged)
            await ReplaceFrontAsync(header.Length, editor.ToBytes(), cancellationToken);
    }

    /// <summary>Gives it a body that is written now; it becomes durable with the mail's commit.</summary>
    public async ValueTask WriteBodyAsync(Func<IBodyWriter, CancellationToken, ValueTask> write, CancellationToken cancellationToken) =>
        Content = await _run.WriteBodyAsync(write, cancellationToken);

    /// <summary>The header; null when it must be read first, which it then will be.</summary>
    internal HeaderBlock? Header
    {
        get
        {
            if (Read.Header is null)
                Wanted |= MailNeeds.Header;
            return Read.Header;
        }
    }

    /// <summary>The attachments; null when the mail must be read first, which it then will be.</summary>
    internal IReadOnlyList<MimePart>? Attachments
    {
        get
        {
            if (Read.Attachments is null)
                Wanted |= MailNeeds.Parts;
            return Read.Attachments;
        }
    }

    /// <summary>What a matcher selected; null when it must be asked first, which it then will be.</summary>
    internal IReadOnlySet<string>? AnswerOf(UserMatcher matcher)
    {
        if (_answers is not null && _answers.TryGetValue(matcher, out var answer))
            return answer;
        Wanted |= MailNeeds.Answers;
        _asked ??= matcher;
        return null;
    }

    /// <summary>What conditions asked for in vain since the last <see cref="LoadWantedAsync"/>.</summary>
    internal MailNeeds Wanted { get; private set; }

    /// <summary>Reads the cheapest of what was wanted; it may already decide.</summary>
    internal async ValueTask LoadWantedAsync(CancellationToken cancellationToken)
    {
        var (wanted, asked) = (Wanted, _asked);
        ForgetWanted();
        if (wanted.HasFlag(MailNeeds.Header))
            await HeaderAsync(cancellationToken);
        else if (wanted.HasFlag(MailNeeds.Parts))
            await PartsAsync(cancellationToken);
        else if (asked is not null)
            (_answers ??= [])[asked] = await asked.AskAsync(this, cancellationToken);
        else
            throw new InvalidOperationException("A condition cannot say what it is waiting for.");
    }

    internal void ForgetWanted() => (Wanted, _asked) = (MailNeeds.Nothing, null);

    /// <summary>Each rule asks matchers anew: a mailet before it may have changed the mail.</summary>
    internal void ForgetAnswers() => _answers = null;

    /// <summary>Awaits code that is not ours, as long as the token lets it, whether or not it heeds the token itself.</summary>
    internal async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var pending = call();
        return pending.IsCompleted ? await pending : await pending.AsTask().WaitAsync(cancellationToken);
    }

    /// <summary>Another branch with these recipients; what was read is shared, changes are not.</summary>
    internal MailContext Split(IReadOnlyList<Messages.Recipient> recipients) =>
        new(_run, _state with { Envelope = _state.Envelope with { Recipients = recipients } }) { _read = _read };

    /// <summary>The same branch at an earlier state.</summary>
    internal MailContext At(MailState state)
    {
        IsClosed = true;
        return new MailContext(_run, state) { _read = _read };
    }

    private async ValueTask ReplaceFrontAsync(int length, ReadOnlyMemory<byte> front, CancellationToken cancellationToken)
    {
        var content = Content;
        var kept = length < content.Prefix.Length ? content.Prefix[length..] : default;
        if (front.Length + kept.Length <= EditedHeaderBytesMax)
        {
            var prefix = new byte[front.Length + kept.Length];
            front.CopyTo(prefix);
            kept.CopyTo(prefix.AsMemory(front.Length));
            Content = new Content(content.Body) { Prefix = prefix, Skip = content.Skip + Math.Max(0, length - content.Prefix.Length) };
            return;
        }

        // A header too long to stand in front of a shared body: the whole mail is written anew.
        await using var stream = await OpenAsync(cancellationToken);
        stream.Position = length;
        await WriteBodyAsync(
            async (body, token) =>
            {
                body.Write(front.Span);
                await body.CopyFromAsync(stream, long.MaxValue, token);
            },
            cancellationToken);
    }

    private ReadMail Read => _read is { } read && ReferenceEquals(read.Of, Content) ? read : _read = new ReadMail(Content);

    /// <summary>What was read of one content.</summary>
    private sealed class ReadMail(Content of)
    {
        private IReadOnlyList<MimePart>? _attachments;

        public Content Of => of;

        public HeaderBlock? Header { get; set; }

        public MimePart? Parts { get; set; }

        public IReadOnlyList<MimePart>? Attachments =>
            _attachments ??= Parts?.Descendants().Where(part => part.IsAttachment).ToArray();
    }
}
