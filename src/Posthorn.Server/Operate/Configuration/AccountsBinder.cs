using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds <c>accounts</c>.</summary>
internal static class AccountsBinder
{
    public static IReadOnlyList<AccountOptions> Bind(ConfigReader root, ICollection<ConfigWarning> warnings)
    {
        var accounts = new List<AccountOptions>();
        var names = new Dictionary<string, ConfigLocation>(StringComparer.OrdinalIgnoreCase);
        var accessKeys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in root.Sections("accounts"))
        {
            var account = new AccountOptions
            {
                Name = section.RequiredText("name"),
                Password = section.Text("password"),
                AccessKey = section.Text("access-key"),
                SecretKey = section.Text("secret-key"),
                QuotaBytes = section.OptionalSize("quota", min: 1),
                IsAdmin = section.Flag("admin", byDefault: false),
            };
            section.Close();
            CheckName(section, account, names);
            CheckSecrets(section, account, accessKeys);
            accounts.Add(account);
        }

        if (accounts.Count > 0 && !accounts.Exists(a => a.IsAdmin))
            warnings.Add(new ConfigWarning(root.Node("accounts")!.Location, "accounts", "none of them is an administrator, so nobody can steer the server; put \"admin: true\" on one"));
        return accounts;
    }

    private static void CheckName(ConfigReader section, AccountOptions account, Dictionary<string, ConfigLocation> names)
    {
        if (account.Name.Length == 0)
            return;
        if (!QueueName.TryParse(account.Name, out var queue, out var reason))
            section.Refuse("name", reason);
        else if (queue.IsBelow(Spool.SpoolQueues.Prefix))
            section.Refuse("name", $"names below '{Spool.SpoolQueues.Prefix}/' belong to the mail path");
        else if (account.Name.Contains(':', StringComparison.Ordinal))
            section.Refuse("name", "cannot have a colon: it parts name and password where both are given together (RFC 7617)");
        else if (!names.TryAdd(account.Name, section.Location))
            section.Refuse("name", $"'{account.Name}' is the name of two accounts (case aside); the other is at {names[account.Name]}");
    }

    private static void CheckSecrets(ConfigReader section, AccountOptions account, HashSet<string> accessKeys)
    {
        if (account.Password is { } password && PasswordHash.IsHash(password) && !PasswordHash.TryParse(password, out _))
            section.Refuse("password", $"is no hash of the form {PasswordHash.Prefix}iterations:salt$stored-key:server-key with {PasswordHash.IterationsMin} iterations or more");
        if (account.AccessKey is null != account.SecretKey is null)
            section.Refuse(account.AccessKey is null ? "secret-key" : "access-key", "access-key and secret-key are given together");
        if (account.AccessKey is { } key && !accessKeys.Add(key))
            section.Refuse("access-key", "is another account's, too; each account needs its own");
        if (!section.Has("password") && !section.Has("access-key") && !section.Has("secret-key"))
            section.Refuse("has no password; give one, or an access-key and a secret-key");
    }
}
