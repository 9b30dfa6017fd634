using Microsoft.Extensions.Options;
using Posthorn.Commits;
using Posthorn.Journal;
using Posthorn.Queues;

namespace Posthorn.Embedded.Hosting;

/// <summary>Finds everything that is wrong with the options, each with the key that is wrong.</summary>
internal sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    /// <exception cref="OptionsValidationException">Something is wrong.</exception>
    public static void Check(StoreOptions options)
    {
        var result = new StoreOptionsValidator().Validate(name: null, options);
        if (result.Failed)
            throw new OptionsValidationException(nameof(StoreOptions), typeof(StoreOptions), result.Failures);
    }

    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Data) && options.OpenEngine is null)
            failures.Add("Data: name the data folder.");
        if (options.Journal is null)
            failures.Add("Journal: must not be null.");
        else
            Try("Journal", options.Journal.Validate);
        foreach (var (queue, policy) in options.Queues)
        {
            if (!QueueName.TryParse(queue, out var parsed, out var reason))
                failures.Add($"Queue(\"{queue}\"): {reason}");
            else
                Try($"Queue(\"{queue}\")", () => CommitLimits.Check(parsed, policy(QueuePolicy.Default)));
        }
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;

        void Try(string key, Action check)
        {
            try
            {
                check();
            }
            catch (ArgumentOutOfRangeException e) when (e.ParamName is { } parameter)
            {
                failures.Add($"{key}.{parameter.Split('.')[^1].Split(' ')[0]}: {e.Message}");
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                failures.Add($"{key}: {e.Message}");
            }
        }
    }
}
