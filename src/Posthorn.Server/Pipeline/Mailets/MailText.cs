using System.Diagnostics.CodeAnalysis;
using System.Text;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>A text with placeholders that a mail fills in: <c>large mail from {sender}</c>. A brace is written twice.</summary>
internal sealed class MailText
{
    private static readonly Dictionary<string, Func<MailContext, CancellationToken, ValueTask<string>>> s_placeholders = new(StringComparer.Ordinal)
    {
        ["id"] = (mail, _) => new(mail.Id.ToString()),
        ["sender"] = (mail, _) => new(mail.Sender.Length == 0 ? "<>" : mail.Sender),
        ["recipients"] = (mail, _) => new(string.Join(", ", mail.Recipients.Select(r => r.Address))),
        ["size"] = (mail, _) => new(mail.Content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ["priority"] = (mail, _) => new(mail.Priority.ToString()),
        ["attempts"] = (mail, _) => new($"{mail.Attempts}"),
        ["exception"] = (mail, _) => new(mail.Text(Spool.MailAttributes.Exception) ?? ""),
        ["hostname"] = (mail, _) => new(mail.Services.Settings.Hostname),
        ["subject"] = (mail, token) => HeaderAsync(mail, "Subject", token),
    };

    private readonly List<(string Literal, Func<MailContext, CancellationToken, ValueTask<string>>? Placeholder)> _pieces = [];

    private MailText()
    {
    }

    /// <summary>Whether it has no placeholders.</summary>
    public bool IsConstant => _pieces.TrueForAll(p => p.Placeholder is null);

    public static bool TryParse(string text, [NotNullWhen(true)] out MailText? parsed, [NotNullWhen(false)] out string? reason)
    {
        parsed = new MailText();
        reason = null;
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length && reason is null; i++)
        {
            if (text[i] is not ('{' or '}') || (i + 1 < text.Length && text[i + 1] == text[i]))
            {
                literal.Append(text[i]);
                if (text[i] is '{' or '}')
                    i++;
                continue;
            }

            var end = text[i] == '}' ? -1 : text.IndexOf('}', i);
            if (end < 0)
            {
                reason = $"the '{text[i]}' at character {i + 1} belongs to no placeholder; write it twice to mean itself";
            }
            else if (Find(text[(i + 1)..end]) is { } placeholder)
            {
                parsed._pieces.Add((literal.ToString(), placeholder));
                literal.Clear();
                i = end;
            }
            else
            {
                var name = text[(i + 1)..end];
                reason = Spelling.Nearest(name, s_placeholders.Keys) is { } near
                    ? $"there is no placeholder '{{{name}}}'; did you mean '{{{near}}}'?"
                    : $"there is no placeholder '{{{name}}}'; there are: {string.Join(", ", s_placeholders.Keys.Append("header:NAME").Append("attribute:NAME").Order(StringComparer.Ordinal))}";
            }
        }

        parsed._pieces.Add((literal.ToString(), null));
        return reason is null;
    }

    public async ValueTask<string> FillAsync(MailContext mail, CancellationToken cancellationToken)
    {
        if (_pieces.Count == 1)
            return _pieces[0].Literal;
        var text = new StringBuilder();
        foreach (var (literal, placeholder) in _pieces)
        {
            text.Append(literal);
            if (placeholder is not null)
                // A stranger's text must not begin a line of its own: of a header it would make another field.
                text.Append((await placeholder(mail, cancellationToken)).ReplaceLineEndings(" "));
        }

        return text.ToString();
    }

    private static Func<MailContext, CancellationToken, ValueTask<string>>? Find(string name)
    {
        if (name.StartsWith("header:", StringComparison.Ordinal))
            return (mail, token) => HeaderAsync(mail, name["header:".Length..], token);
        if (name.StartsWith("attribute:", StringComparison.Ordinal))
            return (mail, _) => new(mail.Text(name["attribute:".Length..]) ?? "");
        return s_placeholders.GetValueOrDefault(name);
    }

    private static async ValueTask<string> HeaderAsync(MailContext mail, string name, CancellationToken cancellationToken) =>
        (await mail.HeaderAsync(cancellationToken)).Text(name) ?? "";
}
