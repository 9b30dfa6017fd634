using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds <c>addresses</c>: a pattern, and the queue its mail goes to, or, when it has an @ or is a list, the addresses it is an alias for.</summary>
internal static class AddressesBinder
{
    public static IReadOnlyList<AddressRule> Bind(ConfigReader root, ICollection<ConfigError> errors)
    {
        var rules = new List<AddressRule>();
        var patterns = new Dictionary<string, ConfigLocation>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in root.Section("addresses")?.Entries() ?? [])
        {
            if (FaultOf(entry.Key) is { } fault)
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, fault));
            else if (!patterns.TryAdd(entry.Key, entry.Location))
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, $"stands here twice (case aside); the first is at {patterns[entry.Key]}"));
            if (BindTarget(entry, errors) is { } rule)
                rules.Add(rule);
        }

        return rules;
    }

    private static AddressRule? BindTarget(ConfigEntry entry, ICollection<ConfigError> errors)
    {
        switch (entry.Value)
        {
            case ConfigNode.Scalar { Text: var text } when text.Length > 0 && !text.Contains('@', StringComparison.Ordinal):
                if (!QueueName.TryParse(text, out var queue, out var reason))
                    errors.Add(new ConfigError(entry.Value.Location, entry.Value.Path, reason));
                else if (queue.IsBelow(SpoolQueues.Prefix))
                    errors.Add(new ConfigError(entry.Value.Location, entry.Value.Path, $"queues below '{SpoolQueues.Prefix}/' belong to the mail path; mail cannot be delivered into them"));
                else
                    return new AddressRule { Pattern = entry.Key, Queue = queue };
                return null;
            case ConfigNode.Scalar { Text.Length: > 0 } address:
                return IsAddress(address, errors) ? new AddressRule { Pattern = entry.Key, Aliases = [address.Text] } : null;
            case ConfigNode.List { Items.Count: > 0 } list:
                var addresses = list.Items.OfType<ConfigNode.Scalar>().Where(a => IsAddress(a, errors)).Select(a => a.Text).ToList();
                foreach (var other in list.Items.Where(i => i is not ConfigNode.Scalar))
                    errors.Add(new ConfigError(other.Location, other.Path, "an address belongs here"));
                return addresses.Count == list.Items.Count ? new AddressRule { Pattern = entry.Key, Aliases = addresses } : null;
            default:
                errors.Add(new ConfigError(entry.Value.Location, entry.Value.Path, "names no queue; write \"mq@example.test: a-queue\", or addresses: \"all@example.test: [a@example.test, b@example.test]\""));
                return null;
        }
    }

    private static bool IsAddress(ConfigNode.Scalar node, ICollection<ConfigError> errors)
    {
        var at = node.Text.LastIndexOf('@');
        if (at > 0 && at < node.Text.Length - 1 && !node.Text.Any(c => char.IsWhiteSpace(c) || c == '*'))
            return true;
        errors.Add(new ConfigError(node.Location, node.Path, $"'{node.Text}' is no address; write local-part@domain"));
        return false;
    }

    private static string? FaultOf(string pattern)
    {
        var at = pattern.LastIndexOf('@');
        var (local, domain) = at < 0 ? ("", "") : (pattern[..at], pattern[(at + 1)..]);
        if (local.Length == 0 || domain.Length == 0 || pattern.Any(char.IsWhiteSpace))
            return $"'{pattern}' is no address pattern; write mq@example.test, \"*@example.test\" for all of a domain, or \"mq@*\" for any domain";
        if ((local != "*" && local.Contains('*', StringComparison.Ordinal)) || (domain != "*" && domain.Contains('*', StringComparison.Ordinal)))
            return $"'{pattern}': a * stands for the whole local part or the whole domain, not for a piece of it";
        return null;
    }
}
