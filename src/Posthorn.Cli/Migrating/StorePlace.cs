using System.Text.RegularExpressions;
using Npgsql;
using Posthorn.Cli.Serving;
using Posthorn.Engine.Transfer;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Journal.Transfer;
using Posthorn.PostgreSql;
using Posthorn.PostgreSql.Transfer;

namespace Posthorn.Cli.Migrating;

/// <summary>A place of queues as the command line names it: a data folder, or a connection string.</summary>
internal sealed partial class StorePlace : IDisposable
{
    private readonly string? _folder;
    private readonly PostgresOptions? _database;
    private readonly TimeProvider _time;
    private PhysicalFileSystem? _files;

    /// <param name="text">The folder, or the connection string.</param>
    /// <param name="schema">The schema in a database.</param>
    /// <param name="time">The clock.</param>
    public StorePlace(string text, string schema, TimeProvider time)
    {
        _time = time;
        if (ConnectionString().IsMatch(text))
            _database = new PostgresOptions { ConnectionString = text, Schema = schema };
        else
            _folder = text;
    }

    public bool IsDatabase => _database is not null;

    /// <summary>What a server keeps in the folder beside its queues: files and folders, by name; none of a database.</summary>
    public IReadOnlyList<string> Others => _folder is { } folder && Directory.Exists(folder)
        ? [.. Directory.GetFileSystemEntries(folder).Where(path => path != DataFolder.JournalOf(folder)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether a look at it would make it.</summary>
    public bool IsMissing => _folder is { } folder && !Directory.Exists(DataFolder.JournalOf(folder));

    /// <summary>Opens it to be read.</summary>
    /// <exception cref="StartException">It cannot be opened; the message says why and what to do.</exception>
    public async Task<TransferSource> OpenSourceAsync(CancellationToken cancellationToken)
    {
        if (_database is { } database)
            return await PostgresSource.OpenAsync(database, _time, cancellationToken);
        if (IsMissing)
            throw new UsageException($"There is no journal in '{_folder}'.");
        _files ??= DataFolder.Open(_folder!);
        try
        {
            return await JournalSource.OpenAsync(_files, $"folder {_folder}", new JournalOptions(), _time, cancellationToken);
        }
        catch (JournalDamagedException e)
        {
            throw new StartException($"{e.Message}{Environment.NewLine}To see all of it: posthorn journal check --data {_folder}", e);
        }
    }

    /// <summary>Opens it to be filled.</summary>
    /// <exception cref="StartException">It cannot be used; the message says why and what to do.</exception>
    public TransferTarget OpenTarget() => _database is { } database
        ? new PostgresTarget(database, _time)
        : new JournalTarget(_files ??= DataFolder.Open(_folder!), $"folder {_folder}", new JournalOptions(), _time);

    public void Dispose()
    {
        _files?.Dispose();
        if (IsDatabase)
            NpgsqlConnection.ClearAllPools();
    }

    // A folder whose name looks like this can be given as ./name.
    [GeneratedRegex(@"^\s*[A-Za-z][A-Za-z ]*=", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex ConnectionString();
}
