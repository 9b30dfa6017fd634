using System.Text.RegularExpressions;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Cli.Serving;
using Posthorn.Engine.Transfer;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Journal.Transfer;
using Posthorn.PostgreSql;
using Posthorn.PostgreSql.Transfer;

namespace Posthorn.Cli.Migrating;

/// <summary>A place of queues as the command line names it: a data folder, or a connection string.</summary>
internal sealed partial class StorePlace : IAsyncDisposable
{
    private readonly string? _folder;
    private readonly PostgresOptions? _database;
    private readonly string? _bodies;
    private readonly TimeProvider _time;
    private PhysicalFileSystem? _files;
    private IBodyStore? _store;

    /// <param name="text">The folder, or the connection string.</param>
    /// <param name="schema">The schema in a database.</param>
    /// <param name="bodies">The store outside of it that large bodies are in, as engine.bodies names it; null when there is none.</param>
    /// <param name="time">The clock.</param>
    public StorePlace(string text, string schema, string? bodies, TimeProvider time)
    {
        (_bodies, _time) = (bodies, time);
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
            return await PostgresSource.OpenAsync(database with { Bodies = Bodies() }, _time, cancellationToken);
        if (IsMissing)
            throw new UsageException($"There is no journal in '{_folder}'.");
        _files ??= DataFolder.Open(_folder!);
        try
        {
            return await JournalSource.OpenAsync(_files, $"folder {_folder}", new JournalOptions { Bodies = Bodies() }, _time, cancellationToken);
        }
        catch (JournalDamagedException e)
        {
            throw new StartException($"{e.Message}{Environment.NewLine}To see all of it: posthorn journal check --data {_folder}", e);
        }
    }

    /// <summary>Opens it to be filled.</summary>
    /// <exception cref="StartException">It cannot be used; the message says why and what to do.</exception>
    public TransferTarget OpenTarget() => _database is { } database
        ? new PostgresTarget(database with { Bodies = Bodies() }, _time)
        : new JournalTarget(_files ??= DataFolder.Open(_folder!), $"folder {_folder}", new JournalOptions { Bodies = Bodies() }, _time);

    public async ValueTask DisposeAsync()
    {
        _files?.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
        if (IsDatabase)
            NpgsqlConnection.ClearAllPools();
    }

    /// <exception cref="StartException">It cannot be opened.</exception>
    private LentBodyStore? Bodies() => (_store ??= BodyPlace.Open(_bodies)) is { } store ? new LentBodyStore(store) : null;

    // A folder whose name looks like this can be given as ./name.
    [GeneratedRegex(@"^\s*[A-Za-z][A-Za-z ]*=", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex ConnectionString();
}
