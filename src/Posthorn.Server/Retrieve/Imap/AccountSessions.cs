namespace Posthorn.Server.Retrieve.Imap;

/// <summary>How many sessions each account has, and may have.</summary>
internal sealed class AccountSessions(int max)
{
    private readonly Lock _gate = new(); // guards _counts
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts one more, unless the account has as many as it may; <see cref="Leave"/> ends it.</summary>
    public bool TryEnter(string account)
    {
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(account);
            if (count >= max)
                return false;
            _counts[account] = count + 1;
            return true;
        }
    }

    public void Leave(string account)
    {
        lock (_gate)
        {
            if (--_counts[account] == 0)
                _counts.Remove(account);
        }
    }
}
