using System.Net.Sockets;
using Npgsql;
using Posthorn.Engine;

namespace Posthorn.PostgreSql;

/// <summary>What a fault of the database means for what was tried: a table from its code to what is done next.</summary>
internal static class Faults
{
    /// <summary>The connection, or the server behind it, is gone or going: it may be tried again on another one.</summary>
    public static bool IsConnection(Exception fault) => fault switch
    {
        EngineUnavailableException or StorageFullException or BodyLostException => false, // told already
        PostgresException { SqlState: var code } => code is
            "57P01" or "57P02" or "57P03" // shut down, crashed, starting
            or "25006" // it only reads: a primary that has become a standby
            or "53300" or "25P03" or "08P01" // too many connections; idle in transaction for too long; a pooler that has lost its server
            || code.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException => true,
        SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Others were in the way, and nothing happened: it is tried again at once.</summary>
    public static bool IsConflict(Exception fault) =>
        fault is Committing.BatchMovedException or PostgresException { SqlState: "40001" or "40P01" or "55P03" or "23505" };

    /// <summary>The server has no space.</summary>
    public static bool IsFull(Exception fault) => fault is PostgresException { SqlState: "53100" };

    /// <summary>A fault as a caller sees it.</summary>
    public static Exception ToCaller(Exception fault) =>
        IsFull(fault) ? new StorageFullException($"The database has no space: {fault.Message}")
        : IsConnection(fault) ? new EngineUnavailableException($"The database cannot be reached: {fault.Message}", inner: fault)
        : fault;

    /// <summary>A fault of the start as the operator sees it: a database that may be there later is <see cref="EngineUnavailableException"/>, all else waits for him.</summary>
    public static Exception ToOperator(Exception fault, NpgsqlConnectionStringBuilder settings) => fault switch
    {
        PostgresException { SqlState: "28P01" or "28000" } => new DatabaseUnusableException(
            $"The database refuses the user '{settings.Username}': {Reason(fault)}. Check user and password of the connection string, and pg_hba.conf.", fault),
        PostgresException { SqlState: "3D000" } => new DatabaseUnusableException($"There is no database '{settings.Database}' on {settings.Host}. Make it: createdb {settings.Database}", fault),
        PostgresException { SqlState: "42501" } => new DatabaseUnusableException(
            $"The user '{settings.Username}' lacks a right: {Reason(fault)}. He needs CREATE on the database for the first start, and owns the schema then.", fault),
        PostgresException { SqlState: "25006" } => new DatabaseUnusableException("The database only reads: this is a standby, or default_transaction_read_only is on.", fault),
        NpgsqlException or SocketException or TimeoutException when IsUnreachable(fault) => new EngineUnavailableException($"The database on {settings.Host}:{settings.Port} cannot be reached: {fault.Message}", inner: fault),
        PostgresException => new DatabaseUnusableException($"The database cannot be used: {Reason(fault)}", fault),
        NpgsqlException => new DatabaseUnusableException($"The database on {settings.Host}:{settings.Port} cannot be used: {fault.Message}", fault),
        _ => fault,
    };

    /// <summary>
    /// Whether waiting may help. Of what the driver itself says that is only what came from the network, or else a missing password or a certificate that is
    /// not trusted would be waited for; of several hosts all must be so.
    /// </summary>
    private static bool IsUnreachable(Exception fault) => fault switch
    {
        PostgresException => IsConnection(fault),
        NpgsqlException { InnerException: AggregateException { InnerExceptions: var hosts } } => hosts.All(IsUnreachable),
        NpgsqlException { InnerException: { } inner } => IsUnreachable(inner),
        SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    private static string Reason(Exception fault) => ((PostgresException)fault).MessageText;
}
