using System.Globalization;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>The mailets that come with the server, by their key in rules; <c>docs/guide/pipeline.md</c> shows each with an example.</summary>
internal static class BuiltInMailets
{
    public static IReadOnlyDictionary<string, MailetDefinition> All { get; } = new Dictionary<string, MailetDefinition>(StringComparer.Ordinal)
    {
        ["to"] = Ending(To),
        ["deliver"] = Ending(Deliver),
        ["bounce"] = Ending(Bounce),
        ["discard"] = Ending(b => b.IsTrue("discard") ? new SimpleMailet(mail => mail.Discard()) : null),
        ["hold"] = Ending(Hold),
        ["forward"] = Ending(ForwardMailet.Create),
        ["copy-to"] = Passing(CopyTo),
        ["redirect"] = Passing(Redirect),
        ["set-header"] = Passing(HeaderMailet.Set),
        ["add-header"] = Passing(HeaderMailet.Add),
        ["remove-header"] = Passing(HeaderMailet.Remove),
        ["add-footer"] = Passing(FooterMailet.Create),
        ["save-attachments"] = Passing(SaveMailet.Create),
        ["strip-attachments"] = Passing(StripMailet.Create),
        ["set-priority"] = Passing(SetPriority),
        ["delay"] = Passing(Delay),
        ["set-attribute"] = Passing(AttributeMailet.Create),
        ["remove-attribute"] = Passing(RemoveAttribute),
        ["log"] = Passing(LogMailet.Create),
        ["notify"] = Passing(NotifyMailet.Create),
        ["dkim-sign"] = Passing(DkimMailet.Create),
        ["http"] = Passing(HttpMailet.Create),
        ["ignore"] = Passing(b => b.IsTrue("ignore") ? new SimpleMailet(_ => { }) : null),
    };

    private static MailetDefinition Ending(Func<MailetBinding, IMailet?> create) => new(Ends: true, create);

    private static MailetDefinition Passing(Func<MailetBinding, IMailet?> create) => new(Ends: false, create);

    private static SimpleMailet? To(MailetBinding binding)
    {
        if (binding.Text("to: transport") is not { } name)
            return null;
        binding.Refer(binding.Value, name);
        return new SimpleMailet(mail => mail.To(name));
    }

    private static SimpleMailet? Deliver(MailetBinding binding)
    {
        const string forms = "deliver: mailbox, deliver: outgoing, or deliver: { queue: orders }";
        switch (binding.Value)
        {
            case ConfigNode.Scalar { Text: "mailbox" }:
                return new SimpleMailet(mail => mail.DeliverToMailboxes());
            case ConfigNode.Scalar { Text: "outgoing" }:
                return new SimpleMailet(mail => mail.DeliverOutgoing());
            case ConfigNode.Scalar { Text: var text } at when text.StartsWith("queue ", StringComparison.Ordinal):
                return ToQueue(binding, at with { Text = text["queue ".Length..].Trim() });
            case ConfigNode.Map { Entries: [{ Key: "queue", Value: ConfigNode.Scalar at }] }:
                return ToQueue(binding, at);
            default:
                binding.Refuse($"is written {forms}");
                return null;
        }
    }

    private static SimpleMailet? ToQueue(MailetBinding binding, ConfigNode.Scalar at) =>
        OwnQueue(binding, at) is { } queue ? new SimpleMailet(mail => mail.Deliver(queue)) : null;

    private static SimpleMailet? CopyTo(MailetBinding binding)
    {
        if (binding.Texts("copy-to: audit") is not { } texts)
            return null;
        var queues = texts.Select(t => OwnQueue(binding, t)).OfType<QueueName>().ToArray();
        return new SimpleMailet(mail =>
        {
            foreach (var queue in queues)
                mail.CopyTo(queue);
        });
    }

    // The spool is the server's: a copy in a processor's queue would be handled as mail of its own, past every check for circles.
    private static QueueName? OwnQueue(MailetBinding binding, ConfigNode.Scalar at)
    {
        if (binding.Queue(at) is not { } queue)
            return null;
        if (!queue.IsBelow(SpoolQueues.Prefix))
            return queue;
        binding.Refuse(at, $"'{queue}' belongs to the mail path; processors are reached with 'to', other hosts with 'deliver: outgoing'");
        return null;
    }

    private static SimpleMailet? Bounce(MailetBinding binding)
    {
        if (binding.Text("bounce: \"552 5.3.4 too large\"") is null || binding.Reply((ConfigNode.Scalar)binding.Value) is not { } reply)
            return null;
        return new SimpleMailet(mail => mail.Bounce(reply));
    }

    private static SimpleMailet? Hold(MailetBinding binding)
    {
        if (binding.Text("hold: true, or a reason, like hold: \"looks like fraud\"") is not { } text)
            return null;
        if (ConfigScalar.TryFlag(text, out var flag, out _))
        {
            if (!flag && !binding.IsTrue("hold"))
                return null;
            text = "held by a rule";
        }

        return new SimpleMailet(mail => mail.Hold(text));
    }

    private static SimpleMailet? Redirect(MailetBinding binding)
    {
        if (binding.Texts("redirect: a@b.example") is not { } texts || texts.Count(binding.IsAddress) < texts.Count)
            return null;
        var addresses = texts.Select(t => t.Text).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return new SimpleMailet(mail => mail.SetRecipients(ForwardMailet.Recipients(mail, addresses)));
    }

    private static SimpleMailet? SetPriority(MailetBinding binding)
    {
        if (binding.Text("set-priority: 7") is not { } text)
            return null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= Priority.Levels)
        {
            binding.Refuse($"'{text}' is no priority; write a number from 0 (lowest) to 9 (highest)");
            return null;
        }

        return new SimpleMailet(mail => mail.Priority = Priority.Of(number));
    }

    private static SimpleMailet? Delay(MailetBinding binding)
    {
        if (binding.Text("delay: 10m") is not { } text)
            return null;
        if (!ConfigScalar.TryDuration(text, out var delay, out var reason))
        {
            binding.Refuse(reason);
            return null;
        }

        return new SimpleMailet(mail => mail.Delay = delay);
    }

    private static SimpleMailet? RemoveAttribute(MailetBinding binding)
    {
        if (binding.Texts("remove-attribute: kind") is not { } texts)
            return null;
        foreach (var text in texts)
            AttributeMailet.CheckName(binding, text, text.Text);
        var names = texts.Select(t => t.Text).ToArray();
        return new SimpleMailet(mail =>
        {
            foreach (var name in names)
                mail.RemoveAttribute(name);
        });
    }
}
