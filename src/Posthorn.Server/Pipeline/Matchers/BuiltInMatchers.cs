using System.Globalization;
using System.Net;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Pipeline.Routing;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>The matchers that come with the server, by name; <c>docs/guide/pipeline.md</c> shows each with an example.</summary>
internal static class BuiltInMatchers
{
    public static IReadOnlyDictionary<string, Func<MatcherArguments, Property>> All { get; } =
        new Dictionary<string, Func<MatcherArguments, Property>>(StringComparer.Ordinal)
        {
            ["all"] = Flag((_, _) => Truth.True),

            ["recipient"] = RecipientText(r => r.Address),
            ["recipient-domain"] = RecipientText(r => AddressParts.DomainOf(r.Address)),
            ["recipient-is"] = a => RecipientTest(AddressPattern.Addresses(a.Some("recipient-is(a@b.example)")), r => r.Address),
            ["recipient-domain-is"] = a => RecipientTest(AddressPattern.Domains(a.Some("recipient-domain-is(b.example)")), r => AddressParts.DomainOf(r.Address)),
            ["recipient-matches"] = a => RecipientTest(Pattern.Compile(a.One("recipient-matches(\"^sales-.*@\")")).IsMatch, r => r.Address),
            ["recipient-is-local"] = Flag((mail, r) => Test.Of(mail.Services.Addresses.Resolve(r!.Address) is not AddressRoute.Remote), isPerRecipient: true),
            ["recipient-count"] = Number("recipient-count > 100", MatcherArguments.Number, mail => mail.Recipients.Count),

            ["sender"] = Text(mail => TextValues.Of(mail.Sender.Length == 0 ? null : mail.Sender)),
            ["sender-domain"] = Text(mail => TextValues.Of(AddressParts.DomainOf(mail.Sender) is { Length: > 0 } domain ? domain : null)),
            ["sender-is"] = a => SenderTest(AddressPattern.Addresses(a.Some("sender-is(a@b.example)")), sender => sender),
            ["sender-domain-is"] = a => SenderTest(AddressPattern.Domains(a.Some("sender-domain-is(b.example)")), AddressParts.DomainOf),
            ["sender-matches"] = a => SenderTest(Pattern.Compile(a.One("sender-matches(\"^no-?reply@\")")).IsMatch, sender => sender),
            ["sender-is-null"] = Flag((mail, _) => Test.Of(mail.Sender.Length == 0)),
            ["sender-is-authenticated"] = Plain(new AuthenticatedProperty()),
            ["sender-is-trusted"] = Flag((mail, _) => Test.Of(mail.IsTrusted)),

            ["remote-address"] = Plain(new NetworkProperty(RemoteAddress)),
            ["remote-host"] = Text(mail => TextValues.Of(mail.Text(MailAttributes.RemoteHost))),
            ["door"] = Text(mail => TextValues.Of(mail.Text(MailAttributes.Door))),

            ["size"] = Number("size > 50MB", MatcherArguments.Size, mail => mail.Content.Length),
            ["header"] = a => HeaderText(a.One("header(X-Kind)").Text),
            ["has-header"] = a => HasHeader(a.One("has-header(X-Kind)").Text),
            ["subject"] = Plain(HeaderText("Subject")),
            ["relay-count"] = Number("relay-count > 30", MatcherArguments.Number, mail => mail.Header?.All("Received").Count()),
            ["relay-limit"] = RelayLimit,

            ["has-attachment"] = Flag((mail, _) => mail.Attachments is { } parts ? Test.Of(parts.Count > 0) : Truth.Unknown),
            ["attachment-name"] = Text(mail => OfParts(mail, part => part.FileName)),
            ["attachment-type"] = Text(mail => OfParts(mail, part => part.ContentType.MediaType)),

            ["priority"] = Number("priority >= 7", MatcherArguments.Number, mail => mail.Priority.Value),
            ["attribute"] = a => AttributeText(a.One("attribute(kind)").Text),
            ["has-attribute"] = a => HasAttribute(a.One("has-attribute(kind)").Text),
            ["age"] = Number("age > 2h", MatcherArguments.Ticks, mail => mail.Age.Ticks),
            ["older-than"] = OlderThan,
            ["attempts"] = Number("attempts >= 3", MatcherArguments.Number, mail => mail.Attempts),
            ["exception"] = Text(mail => TextValues.Of(mail.Text(MailAttributes.Exception))),
            ["has-exception"] = HasException,
        };

    private static Func<MatcherArguments, Property> Plain(Property property) => arguments =>
    {
        arguments.None();
        return property;
    };

    private static Func<MatcherArguments, Property> Flag(Func<MailContext, Recipient?, Truth> ask, bool isPerRecipient = false) =>
        Plain(new FlagProperty(new Test(isPerRecipient, ask)));

    private static Func<MatcherArguments, Property> Text(Func<MailContext, TextValues> read) =>
        Plain(new TextProperty(isPerRecipient: false, (mail, _) => read(mail)));

    private static Func<MatcherArguments, Property> RecipientText(Func<Recipient, string> read) =>
        Plain(new TextProperty(isPerRecipient: true, (_, recipient) => TextValues.Of(read(recipient!))));

    private static Func<MatcherArguments, Property> Number(string example, Func<Literal, long> readLiteral, Func<MailContext, long?> read) =>
        Plain(new NumberProperty(example, readLiteral, read));

    private static FlagProperty RecipientTest(Func<string, bool> test, Func<Recipient, string> read) =>
        new(new Test(isPerRecipient: true, (_, recipient) => Test.Of(test(read(recipient!)))));

    // A null sender has no address that could be one of these.
    private static FlagProperty SenderTest(Func<string, bool> test, Func<string, string> read) =>
        new(new Test(isPerRecipient: false, (mail, _) => Test.Of(mail.Sender.Length > 0 && test(read(mail.Sender)))));

    private static FlagProperty HasHeader(string name) =>
        new(new Test(isPerRecipient: false, (mail, _) => mail.Header is { } header ? Test.Of(header.Has(name)) : Truth.Unknown));

    private static TextProperty HeaderText(string name) => new(isPerRecipient: false, (mail, _) =>
    {
        if (mail.Header is not { } header)
            return TextValues.Pending;
        var texts = header.All(name).Select(field => field.Text).ToArray();
        return texts.Length == 1 ? TextValues.Of(texts[0]) : TextValues.Of(texts);
    });

    private static FlagProperty HasAttribute(string name) =>
        new(new Test(isPerRecipient: false, (mail, _) => Test.Of(mail.Attributes.ContainsKey(name))));

    private static TextProperty AttributeText(string name) =>
        new(isPerRecipient: false, (mail, _) => TextValues.Of(mail.Text(name)));

    private static TextValues OfParts(MailContext mail, Func<MimePart, string?> read) =>
        mail.Attachments is { } parts ? TextValues.Of(parts.Select(read).OfType<string>().ToArray()) : TextValues.Pending;

    private static FlagProperty RelayLimit(MatcherArguments arguments)
    {
        var limit = MatcherArguments.Number(arguments.One("relay-limit(30)"));
        return new FlagProperty(new Test(isPerRecipient: false, (mail, _) =>
            mail.Header is { } header ? Test.Of(header.All("Received").Count() >= limit) : Truth.Unknown));
    }

    private static FlagProperty OlderThan(MatcherArguments arguments)
    {
        var limit = MatcherArguments.Ticks(arguments.One("older-than(2h)"));
        return new FlagProperty(new Test(isPerRecipient: false, (mail, _) => Test.Of(mail.Age.Ticks > limit)));
    }

    // Alone: any. With a type's name, short or full: the exception was of that type, not of one below it.
    private static FlagProperty HasException(MatcherArguments arguments)
    {
        var type = arguments.All.Count == 0 ? null : arguments.One("has-exception(TimeoutException)").Text;
        return new FlagProperty(new Test(isPerRecipient: false, (mail, _) =>
            Test.Of(mail.Text(MailAttributes.Exception) is { } text && (type is null || Failure.IsOfType(text, type)))));
    }

    public static IPAddress? RemoteAddress(MailContext mail)
    {
        if (!IPAddress.TryParse(mail.Text(MailAttributes.RemoteAddress), out var address))
            return null;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
