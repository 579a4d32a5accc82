// What actions promise, in whatever database their records are kept. Each program that includes this says for
// which: INSTANTIATE_TEST_SUITE_P(OnX, ActionsContract, Values(&make_x)); likewise HookContract.
#pragma once

#include "tests/sdk/actions/hook_contract.h"
#include "tests/sdk/actions/ledger.h"
#include "tests/sdk/actions/table_contract.h"
#include "tests/sdk/actions/tcc_contract.h"
